"""How far a judge agrees with people: Cohen's kappa with quadratic weights.

Written out because it is five lines of numpy, and the libraries that have it (scikit-learn,
statsmodels) are heavy for a core that needs nothing else of them; tests hold it against
statsmodels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.judging.grading import Grade


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge's grades beside given labels."""

    n: int
    """Labelled items that the judge's grade could be read for."""
    unparsable: int
    same: float | None
    """The share graded alike; None where `n` is 0."""
    kappa: float | None
    """1 for perfect agreement, 0 for chance; None where both gave one grade only."""


def agreement(
    grades: Mapping[str, Grade], labels: Mapping[str, int], as_grade: Callable[[float], int]
) -> Agreement:
    """The agreement of a judge's grades with labels, both by item id.

    `as_grade` says which grade of the labels' scale a mean of votes counts as.
    """
    both = [(grades[name].score, label) for name, label in labels.items() if name in grades]
    read = [(as_grade(score), label) for score, label in both if score is not None]
    same = sum(score == label for score, label in read) / len(read) if read else None
    judged, given = [score for score, _ in read], [label for _, label in read]
    return Agreement(len(read), len(both) - len(read), same, kappa(judged, given))


def kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Cohen's kappa of two raters with quadratic weights (Cohen 1968, Psychological Bulletin 70).

    1 - sum(w o) / sum(w e), w = (i - j)^2 over the grades i and j, o the observed shares and e
    those that chance would give. With two grades it is the unweighted kappa.
    """
    one, two = np.asarray(first, float), np.asarray(second, float)
    if len(set(first)) < 2 and len(set(second)) < 2:
        return None
    observed = np.mean((one - two) ** 2)
    by_chance = one.var() + two.var() + (one.mean() - two.mean()) ** 2  # the mean over all pairs
    return float(1 - observed / by_chance)
