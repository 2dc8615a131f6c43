"""Scores of several attempts at one question: pass@k and the majority's answer."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence


def pass_at_k(right: int, attempts: int, k: int) -> float:
    """The chance that of `k` attempts at least one is right, from `right` of more attempts.

    The unbiased estimator 1 - C(n - c, k) / C(n, k) of Chen et al. 2021 (arXiv:2107.03374, eq. 1).
    """
    if not 0 < k <= attempts or not 0 <= right <= attempts:
        raise ValueError(f"pass@{k} cannot be computed from {right} right of {attempts} attempts")
    return 1 - math.comb(attempts - right, k) / math.comb(attempts, k)


def majority(votes: Sequence[Hashable]) -> int:
    """The place of the first vote for what most voted for; of equals, what was said first.

    Self-consistency (Wang et al. 2022, arXiv:2203.11171) without weights.
    """
    (winner, _), *_ = Counter(votes).most_common(1)
    return votes.index(winner)
