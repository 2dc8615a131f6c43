"""What N answers would be worth, from one pool of more answers: unbiased, without drawing anew.

The pool of K answers is a sample of what the model says. A strategy of N answers is averaged over
all subsets of N of the pool (a U-statistic), as pass@k is (Chen et al. 2021, arXiv:2107.03374):
exactly where the formula is short, else over subsets drawn at random. Ties are broken at random, so
a strategy gains nothing by the order in which answers came.
"""

import itertools
import math
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from tutelage.evaluation.statistics.intervals import Numbers

_NEXT_TO_NOTHING = 1e-9
DRAWN = 1000
"""Subsets looked at where there are more: one question's mean is then within 0.03 of the exact one,
that of 100 questions within 0.003."""


def best_of(scores: Sequence[float], right: Sequence[float], n: int) -> float:
    """The expected worth of the answer with the highest score among `n` of the pool; exact.

    `scores` are the chooser's, `right` what each answer is truly worth. Raises ValueError where `n`
    is not from 1 to the pool's size.
    """
    _check(len(right), n)
    ways, expected, below = math.comb(len(right), n), 0.0, 0
    for group in _tied(scores):
        upto = below + len(group)
        chance = (math.comb(upto, n) - math.comb(below, n)) / ways
        expected += chance * sum(right[place] for place in group) / len(group)
        below = upto
    return expected


def vote_of(
    votes: Sequence[Hashable | None],
    right: Sequence[float],
    n: int,
    weights: Sequence[float] | None = None,
    seed: int = 0,
) -> float:
    """The expected worth of what most of `n` answers of the pool say, each weighing as given.

    A vote of None has no say; where no answer of a subset has one, it is worth nothing; where all
    that have one weigh nothing, they count alike. Exact where
    the pool has at most 1,000 subsets, else over so many drawn by the seed.
    """
    _check(len(right), n)
    named = [vote for vote in dict.fromkeys(votes) if vote is not None]
    if not named:
        return 0.0
    place = {vote: number for number, vote in enumerate(named)}
    column = np.array([place.get(vote, len(named)) for vote in votes])  # the last: no vote
    weight = np.ones(len(votes)) if weights is None else np.asarray(weights, dtype=float)
    weight = weight + _NEXT_TO_NOTHING * max(1.0, float(weight.max()))
    worth = np.array([np.mean(np.asarray(right)[column == at]) for at in range(len(named))])
    chosen = _subsets(len(votes), n, seed)
    totals = np.zeros((len(chosen), len(named) + 1))
    rows = np.repeat(np.arange(len(chosen)), n)
    np.add.at(totals, (rows, column[chosen].ravel()), weight[chosen].ravel())
    return float(_worth_of_winners(totals[:, :-1], worth).mean())


def _worth_of_winners(totals: Numbers, worth: Numbers) -> Numbers:
    """By subset, the mean worth of the answers with the most weight; 0 where none has any."""
    most = totals.max(axis=1, keepdims=True)
    winners = (totals >= most - 1e-12 * np.maximum(most, 1)) & (most > 0)
    count = np.maximum(winners.sum(axis=1), 1)
    found: Numbers = (winners * worth).sum(axis=1) / count
    return found


def _subsets(total: int, n: int, seed: int) -> npt.NDArray[np.int64]:
    """All subsets of `n` of `total` places where they are few, else some at random."""
    if math.comb(total, n) <= DRAWN:
        return np.array(list(itertools.combinations(range(total), n)), dtype=np.int64)
    order = np.random.default_rng(seed).random((DRAWN, total)).argsort(axis=1)
    return order[:, :n].astype(np.int64)


def _tied(scores: Sequence[float]) -> list[list[int]]:
    """Places by rising score, those of one score together."""
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    return [list(group) for _, group in itertools.groupby(order, key=lambda at: scores[at])]


def _check(total: int, n: int) -> None:
    if not 0 < n <= total:
        raise ValueError(f"no subsets of {n} of a pool of {total} answers")
