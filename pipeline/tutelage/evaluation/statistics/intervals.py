"""95% intervals for scores between 0 and 1, right or wrong being the usual case.

One formula serves a leaf, the mean over several leaves and a difference of graded scores: Wilson's
score interval, with the number of examples replaced by the number of right-or-wrong examples that
would vary as much. Differences of right and wrong have their own (`_bonett_price`). Leaves are
strata (their difficulty is fixed, only the examples are drawn), so examples spread over an easy and
a hard leaf say more than as many drawn from a mixture.

Not the percentile bootstrap: at 0 of n and n of n it shrinks to a point, and its intervals for 25
right-or-wrong examples hold the truth in 90% of cases, not 95% (averaged over the truth; 40% at its
worst). Not Clopper-Pearson: 97.5%, so wider than it says. Wilson: 95.1%, 91% at its worst. Over
strata the form below came closest to 95% in simulation: pooled Wilson holds up to 99%, BCa 89% to
97%, Student's t 85% to 96%. For graded scores it takes Student's quantile in place of the normal's;
benchmarks/noise.md sets it beside both bootstraps.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit  # scipy.stats takes long to load

Interval = tuple[float, float]
Numbers = npt.NDArray[np.float64]

_Z = float(ndtri(0.975))


def score_interval(leaves: Sequence[Sequence[float]]) -> Interval:
    """The interval of the mean over all examples; scores are given leaf by leaf."""
    arrays = [np.asarray(leaf, dtype=float) for leaf in leaves if len(leaf)]
    if not arrays:
        raise ValueError("an interval needs at least one score")
    scores = np.concatenate(arrays)
    mean = float(scores.mean())
    return _wilson(mean, _effective_examples(arrays, mean), _quantile(scores))


def difference_interval(leaves: Sequence[Sequence[float]]) -> Interval:
    """The interval of the mean of paired differences (from -1 to 1), given leaf by leaf."""
    arrays = [np.asarray(leaf, dtype=float) for leaf in leaves if len(leaf)]
    if arrays and np.isin(np.concatenate(arrays), (-1.0, 0.0, 1.0)).all():
        return _bonett_price(arrays)
    low, high = score_interval([[(d + 1) / 2 for d in leaf] for leaf in leaves])
    return 2 * low - 1, 2 * high - 1


def _bonett_price(leaves: Sequence[Numbers]) -> Interval:
    """The adjusted Wald interval of a paired difference of right and wrong, over strata.

    One example more that got better and one that got worse (Bonett and Price 2012,
    https://doi.org/10.3102/1076998611411915): where no answer changed, that no other would is not
    shown. What only tells the leaves apart, beyond chance, is taken off the variance. Exact
    coverage for 12 to 300 examples of which 1% to 30% change: 93.7% at least, but for fewer than
    25 examples of which many change one way (92.8% at its worst). It is conservative where few
    changes are to be expected: up to 98% for ten, above 99.5% for fewer than three.
    """
    changes = np.concatenate(leaves)
    total, count = float(changes.sum()), len(changes) + 2
    centre = total / count
    one = (float((changes**2).sum()) + 2 - total * centre) / count
    between = sum(len(leaf) * float(leaf.mean() - changes.mean()) ** 2 for leaf in leaves)
    apart = max(0.0, between - (len(leaves) - 1) * one)
    half = _Z * float(np.sqrt(count * one - apart)) / count
    return max(-1.0, centre - half), min(1.0, centre + half)


def _effective_examples(leaves: Sequence[Numbers], mean: float) -> float:
    """How many right-or-wrong examples of one leaf would leave the mean as uncertain as these do.

    Each leaf's variance is drawn towards the overall one, and that towards the largest possible, by
    the weight of one example: a few examples that happen to agree are no proof that all would.
    """
    count = sum(len(leaf) for leaf in leaves)
    largest = mean * (1 - mean)
    if largest <= 0:
        return float(count)
    overall = (sum(_deviation(leaf, mean) for leaf in leaves) + largest) / (count + 1)
    variances = [(_deviation(leaf, leaf.mean()) + overall) / (len(leaf) + 1) for leaf in leaves]
    of_the_sum = sum(len(leaf) * v for leaf, v in zip(leaves, variances, strict=True))
    return max(float(count), largest * count**2 / of_the_sum)


def _deviation(scores: Numbers, centre: float) -> float:
    return float(((scores - centre) ** 2).sum())


def _quantile(scores: Numbers) -> float:
    """The normal's for right or wrong; Student's for graded scores, whose spread is estimated."""
    if np.isin(scores, (0.0, 1.0)).all():
        return _Z
    return float(stdtrit(max(1, len(scores) - 1), 0.975))


def _wilson(mean: float, examples: float, quantile: float) -> Interval:
    """Wilson (1927); https://doi.org/10.1080/01621459.1927.10502953."""
    ratio = quantile**2 / examples
    centre = (mean + ratio / 2) / (1 + ratio)
    half = (
        quantile
        / (1 + ratio)
        * float(np.sqrt(mean * (1 - mean) / examples + ratio / (4 * examples)))
    )
    # Rounding must not leave the mean outside: at 0 of n the lower end is 0, not 3e-18.
    return max(0.0, min(mean, centre - half)), min(1.0, max(mean, centre + half))
