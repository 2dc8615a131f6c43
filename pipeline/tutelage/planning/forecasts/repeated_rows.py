"""How many of the questions about one passage are the same, the more of them are drawn."""

import math

from tutelage.planning.estimates import Estimate

SAME = Estimate(0.15, 0.06, 0.0)
"""How likely two questions about one passage are the same: most to least. Of the quickstart's 8 a
passage a quarter were drawn again, of its 4 a tenth (benchmarks/quickstart.md): 6% of pairs."""


def distinct(draws: float, same: float) -> float:
    """How many of so many questions about one passage were not asked before.

    `same` is the chance that two of them are the same: each that is new leaves fewer to find.
    """
    return min(draws, -math.expm1(draws * math.log1p(-same)) / same) if same else draws


def draws_for(count: float, same: float) -> float:
    """Questions about one passage until so many are distinct; inf where there are not so many."""
    if not same:
        return count
    left = count * same
    return max(count, math.log1p(-left) / math.log1p(-same)) if left < 1 else math.inf
