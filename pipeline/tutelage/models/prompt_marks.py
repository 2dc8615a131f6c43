"""The marks around data in a prompt, and answers that copy them.

A weak model goes on as its prompt did: it puts its answer between the prompt's marks, or writes the
next mark when the answer is done. A mark holds a digest, so it never is part of an answer.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from tutelage.core.digests import digest
from tutelage.models.chat import Completion, Message

_MARK = re.compile(r"</?(?P<name>[\w-]+-[0-9a-f]{16})>")


def data(text: object, label: str = "text") -> str:
    """`text` between marks: they hold a digest of it, so it cannot contain its own closing mark."""
    mark = f"{label}-{digest(str(text))[:16]}"
    return f"<{mark}>\n{text}\n</{mark}>"


def without_marks(completion: Completion) -> Completion:
    """An answer that ends where it copies a mark of its own prompt; marks before it are left out.

    One that was cut behind such a mark was done, so it counts as whole.
    """
    if "-" not in completion.text or not (found := _MARK.search(completion.text)):
        return completion
    names = _names(completion.request.messages)
    text = completion.text.strip()
    while (found := _MARK.match(text)) and found["name"] in names:
        text = text[found.end() :].strip()
    own = (one for one in _MARK.finditer(text) if one["name"] in names)
    if (end := next(own, None)) is None:
        return replace(completion, text=text)
    done = replace(completion, text=text[: end.start()].strip())
    return replace(done, finish_reason="stop") if done.finish_reason == "length" else done


def _names(messages: Iterable[Message]) -> set[str]:
    return {one["name"] for turn in messages for one in _MARK.finditer(turn["content"])}
