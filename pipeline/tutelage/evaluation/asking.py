"""Putting questions to a model through its journal, and scoring every reply."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.scoring import score, vote
from tutelage.evaluation.statistics.attempts import majority
from tutelage.models.chat import Completion, Request, Sampling
from tutelage.models.model import Model
from tutelage.models.reasoning import reasoned_before_cut

_TOP_P = 0.95  # as pass@k was measured first: Chen et al. 2021


@dataclass(frozen=True, slots=True)
class Asking:
    """How models are asked: once and greedily, or several times at a temperature."""

    max_tokens: int
    samples: int = 1
    temperature: float = 0.8

    def sampling(self, seed: int) -> Sampling:
        """The sampling of one attempt."""
        if self.samples == 1:
            return Sampling(self.max_tokens)
        return Sampling(self.max_tokens, self.temperature, _TOP_P, seed=seed)


def ask(
    context: Context, model: Model, cases: Sequence[Case], asking: Asking
) -> list[dict[str, Any]]:
    """One answer per question: model, leaf, kind, metric, example, question, answer, score,
    partial, why, and the tokens of an answer, thoughts included.

    `partial` is the mean over a question's demands, None of one without. Of several attempts
    `score` and `partial` are the means, `answer` what the majority said, and `attempts` lists them
    all; `majority` is the score of the majority's answer. A question that only a judge can score
    has the score None.
    """
    found: list[Completion] = []
    for completion in context.complete(model, [*_requests(context, cases, asking)]):
        found.append(completion)
        context.progress.advance()
    replies: list[list[Completion | None]] = [[None] * asking.samples for _ in cases]
    for completion in reasoned_before_cut(found):
        place, attempt = completion.request.id.split("/")
        replies[int(place)][int(attempt)] = completion
    return [
        _answer(model.name, case, [reply for reply in given if reply])
        for case, given in zip(cases, replies, strict=True)
    ]


def _requests(context: Context, cases: Sequence[Case], asking: Asking) -> Iterator[Request]:
    for place, case in enumerate(cases):
        for attempt in range(asking.samples):
            sampling = asking.sampling(context.seed_for(case.id, attempt))
            name = f"{place}/{attempt}"
            yield Request(name, case.messages, sampling, case.leaf, False, case.tools)


def _answer(model: str, case: Case, replies: list[Completion]) -> dict[str, Any]:
    scored = [score(case, reply) for reply in replies]
    chosen = majority([vote(case, reply) for reply in replies])
    row: dict[str, Any] = {
        "model": model,
        "leaf": case.leaf,
        "kind": case.kind,
        "metric": case.label,
        "example": case.id,
        "question": case.conversation,
        "answer": replies[chosen].text,
        "score": _mean([one.value for one in scored]) if case.scored else None,
        "partial": _mean([one.partial for one in scored if one.partial is not None]),
        "why": scored[chosen].why,
        "tokens": sum(reply.usage.output_tokens for reply in replies) / max(1, len(replies)),
    }
    if len(replies) == 1:
        return row
    attempts = [
        {"answer": reply.text, "score": one.value}
        for reply, one in zip(replies, scored, strict=True)
    ]
    return row | {"attempts": attempts, "majority": scored[chosen].value}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
