"""Getting a verdict from a judge: the rationale first, the verdict last, one retry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tutelage.contract.context import Context
from tutelage.judging.verdict_form import read_verdict
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
    problem: str = ""
    """Why there is no verdict to read."""


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


def _sampling(context: Context, name: str, sample: int, max_tokens: int) -> Sampling:
    if sample == 0:
        return Sampling(max_tokens)
    seed = context.seed_for("judge", name, sample)
    return Sampling(max_tokens, temperature=_RETRY_TEMPERATURE, seed=seed)


def _read(answer: Completion, label: str, words: tuple[str, ...]) -> Verdict:
    """The verdict of a reply. What the judge reasoned before it is a rationale too."""
    if reason := unusable(answer):
        return Verdict(None, answer.text.strip() or f"({reason})", answer.key, reason)
    found = read_verdict(answer.text, label, words, explained=bool(answer.reasoning))
    return Verdict(found.word, answer.text.strip(), answer.key, found.problem)
