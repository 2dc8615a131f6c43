"""Getting a verdict from a judge: the rationale first, the verdict last, one retry; or votes.

Votes make a generative verifier surer (Zhang et al. 2024, arXiv:2408.15240): a single verdict is
greedy, several are drawn at a temperature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.judging.verdict_form import read_verdict
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.model import Model

_TEMPERATURE = 0.7
"""Of votes, and of a single verdict's second try."""


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
    usage: Usage = field(default_factory=Usage)
    """Of all tries."""


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
    left, greedy = dict(asked), Sampling(max_tokens)
    for sample in range(2):
        requests = [
            Request(
                name,
                one.messages,
                _drawn(context, "judge", name, sample, max_tokens) if sample else greedy,
                one.leaf,
            )
            for name, one in left.items()
        ]
        for name, answer in (
            context.answers(judge, requests, judging=True).items() if requests else ()
        ):
            before = found[name].usage if name in found else Usage()
            found[name] = replace(_read(answer, label, words), usage=before + answer.usage)
        left = {name: one for name, one in left.items() if found[name].found is None}
    return found


def voted(
    context: Context,
    judge: Model,
    asked: Mapping[str, Asked],
    label: str,
    words: tuple[str, ...],
    max_tokens: int,
    votes: int,
) -> dict[str, list[Verdict]]:
    """By id, so many verdicts, each reasoned anew; of several none is asked for again."""
    if votes == 1:
        found = verdicts(context, judge, asked, label, words, max_tokens)
        return {name: [verdict] for name, verdict in found.items()}
    requests = [
        Request(
            f"{name}#{vote}",
            one.messages,
            _drawn(context, "vote", name, vote, max_tokens),
            one.leaf,
        )
        for name, one in asked.items()
        for vote in range(votes)
    ]
    answers = context.answers(judge, requests, judging=True) if requests else {}
    read = {
        name: replace(_read(answer, label, words), usage=answer.usage)
        for name, answer in answers.items()
    }
    return {name: [read[f"{name}#{vote}"] for vote in range(votes)] for name in asked}


def _drawn(context: Context, use: str, name: str, number: int, max_tokens: int) -> Sampling:
    seed = context.seed_for(use, name, number)
    return Sampling(max_tokens, temperature=_TEMPERATURE, seed=seed)


def _read(answer: Completion, label: str, words: tuple[str, ...]) -> Verdict:
    """The verdict of a reply. What the judge reasoned before it is a rationale too."""
    if reason := unusable(answer):
        return Verdict(None, answer.text.strip() or f"({reason})", answer.key, reason)
    found = read_verdict(answer.text, label, words, explained=bool(answer.reasoning))
    return Verdict(found.word, answer.text.strip(), answer.key, found.problem)
