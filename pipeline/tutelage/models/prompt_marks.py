"""The marks around data in a prompt, and answers that copy them.

A weak model goes on as its prompt did: it puts its answer between the prompt's marks, or writes the
next mark when the answer is done. A mark holds a digest, so it never is part of an answer.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from tutelage.core.digests import digest
from tutelage.models.chat import Completion, Message

_MARK = re.compile(r"</?[\w-]+-[0-9a-f]{12,20}>")
"""A mark, and what a model takes for one: it seldom gets all digits right."""


def data(text: object, label: str = "text") -> str:
    """`text` between marks: they hold a digest of it, so it cannot contain its own closing mark."""
    mark = f"{label}-{digest(str(text))[:16]}"
    return f"<{mark}>\n{text}\n</{mark}>"


def without_marks(completion: Completion) -> Completion:
    """An answer that ends where it copies or imitates a mark of its prompt; those before it go.

    One that was cut behind such a mark was done, so it counts as whole.
    """
    if not _MARK.search(completion.text) or not _has_marks(completion.request.messages):
        return completion
    text = completion.text.strip()
    while found := _MARK.match(text):
        text = text[found.end() :].strip()
    if (end := _MARK.search(text)) is None:
        return replace(completion, text=text)
    done = replace(completion, text=text[: end.start()].strip())
    return replace(done, finish_reason="stop") if done.finish_reason == "length" else done


def _has_marks(messages: Iterable[Message]) -> bool:
    return any(_MARK.search(turn["content"]) for turn in messages)
