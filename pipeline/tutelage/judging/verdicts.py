"""Getting a verdict from a judge: the rationale first, a strictly read last line, one retry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import regex

from tutelage.contract.context import Context
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.model import Model

_RETRY_TEMPERATURE = 0.7
"""The first verdict is greedy; one that cannot be read is drawn once more."""


class Asked(NamedTuple):
    """One question to the judge; `leaf` pays for it."""

    leaf: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said: `found` is the verdict's word, None where there is none to read."""

    found: str | None
    text: str
    """The whole reply, rationale and all; of the second try where there was one."""
    key: str
    """Where the journal keeps the reply."""


def verdicts(
    context: Context,
    judge: Model,
    asked: Mapping[str, Asked],
    label: str,
    words: tuple[str, ...],
    max_tokens: int,
) -> dict[str, Verdict]:
    """By id, the one of `words` that stands after `label` in the reply's last line."""
    found: dict[str, Verdict] = {}
    left = dict(asked)
    for sample in range(2):
        requests = [
            Request(name, one.messages, _sampling(context, name, sample, max_tokens), one.leaf)
            for name, one in left.items()
        ]
        for name, answer in (
            context.answers(judge, requests, judging=True).items() if requests else ()
        ):
            found[name] = _read(answer, label, words)
        left = {name: one for name, one in left.items() if found[name].found is None}
    return found


def last_word(text: str, label: str, words: tuple[str, ...]) -> str | None:
    """The verdict of a reply: a last line of `label` and a word, once, after a rationale.

    Strict: a reply without a rationale, with two such lines, or with more on the line has none.
    Signs of emphasis around the words do not count.
    """
    form = (
        rf"[\W_]*{regex.escape(label)}[\W_]*?:[*_` ]*({'|'.join(map(regex.escape, words))})[\W_]*"
    )
    lines = [line for line in text.splitlines() if line.strip()]
    matches = [regex.fullmatch(form, line, regex.IGNORECASE) for line in lines]
    if len(lines) < 2 or matches[-1] is None or any(matches[:-1]):
        return None
    said = matches[-1][1].casefold()
    return next(word for word in words if word.casefold() == said)


def _sampling(context: Context, name: str, sample: int, max_tokens: int) -> Sampling:
    if sample == 0:
        return Sampling(max_tokens)
    seed = context.seed_for("judge", name, sample)
    return Sampling(max_tokens, temperature=_RETRY_TEMPERATURE, seed=seed)


def _read(answer: Completion, label: str, words: tuple[str, ...]) -> Verdict:
    reason = unusable(answer)
    found = None if reason else last_word(answer.text, label, words)
    return Verdict(found, answer.text.strip() or f"({reason})", answer.key)
