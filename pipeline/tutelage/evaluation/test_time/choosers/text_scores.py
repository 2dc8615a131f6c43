"""Ratings by a local model that gives every answer a number, all answers in one go."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.chooser import Ratings
from tutelage.evaluation.test_time.pool import Sample
from tutelage.evaluation.test_time.spend import Spend

Shown = list[tuple[Case, str]]
"""Questions, each with an answer."""


def rate_texts(
    context: Context,
    cases: Sequence[Case],
    pools: Sequence[Sequence[Sample]],
    score: Callable[[Shown], Iterable[float]],
    weight: Callable[[float], float],
    text: Callable[[Sample], str] = lambda one: one.text,
) -> list[Ratings]:
    """Scores in the order of the pools, their weights in a vote, and the seconds that each took."""
    context.pool.release()  # one model is in memory at a time
    shown = [(case, text(one)) for case, pool in zip(cases, pools, strict=True) for one in pool]
    began = monotonic()
    scores = iter(score(shown))
    each = Spend(seconds=(monotonic() - began) / max(1, len(shown)))
    found = []
    for pool in pools:
        mine = tuple(next(scores) for _ in pool)
        found.append(Ratings(mine, tuple(map(weight, mine)), each))
    return found
