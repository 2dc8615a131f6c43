"""Whether two models differ beyond noise, judged on the same examples.

Right or wrong: McNemar's exact conditional test with the mid-p correction (Fagerland, Lydersen and
Laake 2013, https://doi.org/10.1186/1471-2288-13-91). Uncorrected, it raises a false alarm in 1% to
4% of cases where 5% are meant, and so overlooks real gains on small leaves; `p_exact` keeps its
value. Graded scores: the sign-flip test with the same correction, of which McNemar's is the
right-or-wrong case, in place of a paired bootstrap (benchmarks/noise.md has both). The interval is
not made from the test; where they part over a difference of 0, the test decides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from tutelage.evaluation.statistics.intervals import Interval, Numbers, difference_interval

LEVEL = 0.05
_FLIPS = 9999


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the same examples say about two models: `better` counts those the second did better."""

    n: int
    difference: float
    low: float
    high: float
    better: int
    worse: int
    p: float
    p_exact: float | None
    """McNemar's exact test without the mid-p correction; None for graded scores."""
    needed: int | None
    """How many examples would show such a difference in four of five tries; None where it is 0."""

    @property
    def beyond_noise(self) -> bool:
        """Whether so large a difference would be rare (p < 0.05) if the two were equally good."""
        return self.p < LEVEL


def compare(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> Comparison:
    """Compare paired scores (0 to 1), given leaf by leaf and in the same order."""
    pairs = [list(zip(b, a, strict=True)) for b, a in zip(before, after, strict=True)]
    differences = [[a - b for b, a in leaf] for leaf in pairs]
    flat = [d for leaf in differences for d in leaf]
    better, worse = sum(d > 0 for d in flat), sum(d < 0 for d in flat)
    graded = any(score not in (0, 1) for leaf in pairs for pair in leaf for score in pair)
    difference = sum(flat) / len(flat)
    p = sign_flip(flat) if graded else mcnemar_mid_p(better, worse)
    low, high = _agreeing(difference_interval(differences), difference, p)
    return Comparison(
        len(flat),
        difference,
        low,
        high,
        better,
        worse,
        p=p,
        p_exact=None if graded else mcnemar_exact(better, worse),
        needed=scores_needed(flat) if graded else _needed(flat),
    )


def _agreeing(interval: Interval, difference: float, p: float) -> Interval:
    """The interval with 0 inside where the test calls the difference noise, else at its end."""
    low, high = interval
    if p >= LEVEL:
        return min(low, 0.0), max(high, 0.0)
    return (max(low, 0.0), high) if difference > 0 else (low, min(high, 0.0))


def mcnemar_exact(better: int, worse: int) -> float:
    """The exact two-sided p-value from the examples on which the two models disagree."""
    from scipy.stats import binom  # takes long to load

    tail = float(binom.cdf(min(better, worse), better + worse, 0.5))
    return min(1.0, 2 * tail)


def mcnemar_mid_p(better: int, worse: int) -> float:
    """The exact p-value less half the probability of what was seen, counted on both sides."""
    from scipy.stats import binom

    seen = float(binom.pmf(min(better, worse), better + worse, 0.5))
    tail = float(binom.cdf(min(better, worse), better + worse, 0.5))
    return min(1.0, 2 * tail - seen) if better != worse else 1.0


def sign_flip(differences: Sequence[float], seed: int = 0) -> float:
    """The p-value of the mean difference among random flips of the signs, with mid-p correction."""
    values = np.asarray([d for d in differences if d])
    if not len(values):
        return 1.0
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(_FLIPS, len(values)))
    sums, seen = np.abs(signs @ values), abs(values.sum())
    equal = np.isclose(sums, seen, rtol=0, atol=1e-9)
    return float((0.5 + (sums > seen)[~equal].sum() + equal.sum() / 2) / (1 + _FLIPS))


def examples_needed(difference: float, disagreement: float, power: float = 0.8) -> int | None:
    """How many examples would show such a difference in `power` of all tries; None where it is 0.

    `disagreement` is the share of examples on which the two models differ. For McNemar's test,
    Connor (1987), Biometrics 43, 207-211.
    """
    size, disagreement = abs(difference), max(disagreement, abs(difference))
    if size == 0:
        return None
    spread = math.sqrt(max(0.0, disagreement - size**2))
    return math.ceil(
        ((_TWO_SIDED * math.sqrt(disagreement) + _quantile(power) * spread) / size) ** 2
    )


def scores_needed(differences: Sequence[float], power: float = 0.8) -> int | None:
    """The same for graded scores, from the spread of their differences: the paired t-test's size.

    The normal approximation with Guenther's correction for the estimated spread (1981, The American
    Statistician 35, 243-244).
    """
    values: Numbers = np.asarray(differences, dtype=float)
    mean, spread = abs(float(values.mean())), float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if mean < 1e-9 or spread == 0:
        return None
    plain = ((_TWO_SIDED + _quantile(power)) * spread / mean) ** 2
    return math.ceil(plain + _TWO_SIDED**2 / 2)


def _needed(differences: Sequence[float]) -> int | None:
    differing = sum(d != 0 for d in differences)
    return examples_needed(sum(differences) / len(differences), differing / len(differences))


def _quantile(share: float) -> float:
    return float(ndtri(share))


_TWO_SIDED = _quantile(1 - LEVEL / 2)
