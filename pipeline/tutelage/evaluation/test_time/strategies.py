"""Each strategy's expected accuracy and use, at every number of answers, from the one pool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutelage.evaluation.cases import Case
from tutelage.evaluation.statistics.attempts import pass_at_k
from tutelage.evaluation.statistics.best_of import best_of, vote_of
from tutelage.evaluation.statistics.intervals import Numbers, score_interval
from tutelage.evaluation.test_time.choosers.chooser import Ratings
from tutelage.evaluation.test_time.extraction import can_vote, extracted
from tutelage.evaluation.test_time.pool import Sample
from tutelage.evaluation.test_time.spend import Spend, mean_spend

ORACLE = "oracle"
"""Any of the answers right: a bound, since only the held-out answer could choose so."""
GREEDY = "greedy"
"""One answer of the likeliest tokens: what most people ask for, so what the others must beat."""
WEIGHTED = "vote weighted by "


@dataclass(frozen=True, slots=True)
class PoolAnswers:
    """What one question's answers are worth, what they say, and what they used."""

    case: Case
    right: tuple[float, ...]
    votes: tuple[Any, ...]
    used: tuple[Spend, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A strategy at one number of answers; `values` are each question's expected score."""

    strategy: str
    samples: int
    values: Numbers
    used: tuple[Spend, ...]
    """By question, the expected use."""
    revise: int = 0
    resample: int = 0
    think_tokens: int | None = None
    chosen_score: float | None = None
    """What the chooser itself thinks of what it takes, on average."""

    @property
    def name(self) -> str:
        """The strategy with all but its number of answers."""
        parts = [self.strategy]
        if self.revise:
            parts.append(f"{self.revise} revision{'s' if self.revise > 1 else ''}")
        if self.think_tokens is not None:
            parts.append(f"{self.think_tokens} tokens of thought")
        return ", ".join(parts)

    @property
    def tokens(self) -> float:
        """Tokens generated for a question, on average."""
        return mean_spend(self.used).output_tokens

    def to_json(self, leaves: Sequence[str]) -> dict[str, Any]:
        """A plain mapping with the 95% interval; `leaves` are the questions' own."""
        groups = [self.values[[one == leaf for one in leaves]] for leaf in dict.fromkeys(leaves)]
        low, high = score_interval([group.tolist() for group in groups])
        return {
            "name": self.name,
            "strategy": self.strategy,
            "samples": self.samples,
            "revise": self.revise,
            "resample": self.resample,
            "think_tokens": self.think_tokens,
            "n": len(self.values),
            "score": float(self.values.mean()),
            "low": low,
            "high": high,
            "chosen_score": self.chosen_score,
        } | mean_spend(self.used).to_json()


def answers_of(case: Case, pool: Sequence[Sample], used: Sequence[Spend]) -> PoolAnswers:
    """The pool of one question as estimators take it."""
    votes = tuple(extracted(case, one.text) for one in pool)
    return PoolAnswers(case, tuple(one.right for one in pool), votes, tuple(used))


def lines_of(
    name: str,
    judged: Sequence[Ratings] | None,
    answers: Sequence[PoolAnswers],
    samples: Sequence[int],
) -> list[Line]:
    """Best of N by a chooser at each N, or the bound where there is none."""
    return [_best(name, judged, answers, n) for n in samples]


def votes_of(
    name: str, judged: Sequence[Ratings], answers: Sequence[PoolAnswers], samples: Sequence[int]
) -> list[Line]:
    """What most of N answers say, each weighed by the chooser; none where a text is free."""
    if not all(can_vote(one.case) for one in answers):
        return []

    def value(at: int, one: PoolAnswers, n: int) -> float:
        return vote_of(one.votes, one.right, n, judged[at].weights, seed=at)

    return [_line(name, answers, n, value, judged) for n in samples]


def _best(
    name: str, judged: Sequence[Ratings] | None, answers: Sequence[PoolAnswers], n: int
) -> Line:
    def value(at: int, one: PoolAnswers, n: int) -> float:
        if judged is not None:
            return best_of(judged[at].scores, one.right, n)
        return pass_at_k(sum(right == 1 for right in one.right), len(one.right), n)

    found = _line(name, answers, n, value, judged)
    if judged is None:
        return found
    taken = np.mean([best_of(one.scores, one.scores, n) for one in judged])
    return Line(found.strategy, n, found.values, found.used, chosen_score=float(taken))


def _line(
    name: str,
    answers: Sequence[PoolAnswers],
    n: int,
    value: Callable[[int, PoolAnswers, int], float],
    judged: Sequence[Ratings] | None,
) -> Line:
    values = np.array([value(at, one, n) for at, one in enumerate(answers)])
    used = []
    for at, one in enumerate(answers):
        spend = mean_spend(one.used).times(n)
        if judged is not None and n > 1:  # one answer alone needs no choosing
            spend += judged[at].each.times(n)
        used.append(spend)
    return Line(name, n, values, tuple(used))
