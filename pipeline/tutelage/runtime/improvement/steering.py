"""How the scores of a round steer the next: leaves with more to gain are asked for more rows."""

from collections.abc import Mapping
from dataclasses import dataclass

_LEAST, _MOST = 0.25, 3.0
"""How much less or more of a leaf is asked for, at most: no leaf is left out, none takes over."""


@dataclass(frozen=True, slots=True)
class LeafScore:
    """How a model did on a leaf's held-out questions."""

    score: float
    """The mean, from 0 to 1."""
    n: int
    """How many questions there are."""

    @property
    def headroom(self) -> float:
        """What is left to gain; few questions draw it towards a half (Laplace's rule)."""
        return 1 - (self.score * self.n + 1) / (self.n + 2)


def leaf_weights(scores: Mapping[str, LeafScore]) -> dict[str, float]:
    """How much of what is usual to ask for each leaf, by what it has to gain beside the others.

    The mean is about 1, so that a round costs about as much whatever the scores; a leaf that no
    held-out question examines is not named and stays at 1.
    """
    if not scores:
        return {}
    mean = sum(score.headroom for score in scores.values()) / len(scores)
    return {
        leaf: round(min(_MOST, max(_LEAST, score.headroom / mean)), 2)
        for leaf, score in scores.items()
    }
