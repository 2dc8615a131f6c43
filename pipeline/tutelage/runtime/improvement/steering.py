"""How a round steers the next: leaves with more to gain are asked for more rows, those that do well
for harder ones, and of the stages that write for a leaf those whose rows were kept for more."""

import statistics
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


@dataclass(frozen=True, slots=True)
class StageYield:
    """What a stage that writes instructions kept of what it tried for a leaf."""

    kept: int
    tried: int

    @property
    def share(self) -> float:
        """Few tries draw it towards a half (Laplace's rule)."""
        return (self.kept + 1) / (self.tried + 2)


def stage_weights(
    weights: Mapping[str, float], yields: Mapping[str, Mapping[str, StageYield]]
) -> dict[str, dict[str, float]]:
    """The weights of leaves for each stage that writes: where several write for a leaf, those that
    kept more of what they tried are asked for more of it, the others for less.

    The leaf's gain is no part of it: shared out by rows, it is the same for a row of each stage.
    """
    leaves = {leaf for found in yields.values() for leaf in found}
    mean = {
        leaf: statistics.mean(found[leaf].share for found in yields.values() if leaf in found)
        for leaf in leaves
    }
    return {
        stage: {
            leaf: _bounded(weights.get(leaf, 1.0) * found[leaf].share / mean[leaf])
            for leaf in sorted(found)
        }
        for stage, found in yields.items()
    }


def leaf_weights(scores: Mapping[str, LeafScore]) -> dict[str, float]:
    """How much of what is usual to ask for each leaf, by what it has to gain beside the others.

    The mean is about 1, so that a round costs about as much whatever the scores; a leaf that no
    held-out question examines is not named and stays at 1.
    """
    if not scores:
        return {}
    mean = sum(score.headroom for score in scores.values()) / len(scores)
    return {leaf: _bounded(score.headroom / mean) for leaf, score in scores.items()}


def leaf_levels(scores: Mapping[str, LeafScore]) -> dict[str, float]:
    """How hard what is asked of each leaf is to be (`leaf_difficulty`): where half is answered
    right, as before; the better a leaf did, the harder."""
    return {leaf: round(1 - score.headroom, 2) for leaf, score in scores.items()}


def _bounded(weight: float) -> float:
    return round(min(_MOST, max(_LEAST, weight)), 2)
