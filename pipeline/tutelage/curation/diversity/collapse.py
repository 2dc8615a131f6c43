"""Whether rows have lost diversity since the round before: model collapse, as it begins.

A model taught on its own output narrows from round to round (Shumailov et al. 2024,
doi:10.1038/s41586-024-07566-y). The fall of the Vendi score from one round to the next is held
against the falls that chance gives: those between random halves of both rounds together (a
permutation test). Under the null the two rounds are draws alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from tutelage.core.artifacts import Row
from tutelage.core.ngrams import Numbers
from tutelage.curation.diversity.spread import vendi, vendi_of
from tutelage.curation.diversity.subsample import by_leaf, form_of, said, subsample
from tutelage.curation.embeddings.embed import embed
from tutelage.curation.embeddings.vectors import Vectors

LEVEL = 0.01
"""The chance of a false alarm, over all leaves together (Bonferroni)."""
_SAMPLE, _FEWEST, _SHUFFLES = 100, 10, 99


@dataclass(frozen=True, slots=True)
class Collapse:
    """What became of a leaf's diversity since the round before."""

    leaf: str
    before: float
    """The Vendi score of the round before, on as many rows as `after`."""
    after: float
    p: float
    """The chance of so large a fall, were both rounds drawn alike."""
    alarm: bool
    """Whether that is rarer than LEVEL, over all leaves together."""

    def in_words(self) -> str:
        """One line for the user."""
        return (
            f"warning: {self.leaf}: diversity fell since the round before, from {self.before:.1f} "
            f"to {self.after:.1f} (Vendi score), beyond chance: model collapse begins like this"
        )


def collapse(
    before: Sequence[Row], after: Sequence[Row], embedder: str = "hashing", seed: int = 0
) -> list[Collapse]:
    """One entry for each leaf with rows enough in both rounds, at least 10 each."""
    rounds = [by_leaf(before), by_leaf(after)]
    leaves = [leaf for leaf in sorted(rounds[0]) if _enough(rounds, leaf)]
    found = []
    for leaf in leaves:
        first, second = _vectors([parts[leaf] for parts in rounds], embedder, seed)
        p = fall_by_chance(first, second, seed)
        alarm = p < LEVEL / len(leaves)
        found.append(Collapse(leaf, vendi(first), vendi(second), p, alarm))
    return found


def fall_by_chance(first: Vectors, second: Vectors, seed: int = 0) -> float:
    """The one-sided p-value of the fall in the log of the Vendi score, for sets of one size.

    The tail of the permuted falls is taken as normal, so that p may be less than one in their
    number.
    """
    together, half = np.concatenate([first, second]).astype(np.float64), len(first)
    similarity = together @ together.T
    chance = np.random.default_rng(seed)
    falls = [_fall(similarity, chance.permutation(2 * half)) for _ in range(_SHUFFLES)]
    seen = _fall(similarity, np.arange(2 * half))
    spread = float(np.std(falls))
    if spread < 1e-9:  # all rows alike in both rounds
        return 1.0
    return float(ndtr((float(np.mean(falls)) - seen) / spread))


def _fall(similarity: npt.NDArray[np.float64], order: Numbers) -> float:
    half = len(order) // 2
    before, after = (
        vendi_of(similarity[np.ix_(part, part)], half) for part in (order[:half], order[half:])
    )
    return math.log(before / after)


def _vectors(parts: Sequence[Sequence[Row]], embedder: str, seed: int) -> list[Vectors]:
    count = min([_SAMPLE, *map(len, parts)])
    samples = [subsample(rows, count, seed) for rows in parts]
    form = form_of([row for sample in samples for row in sample])
    return [embed(said(sample, form), embedder) for sample in samples]


def _enough(rounds: Sequence[Mapping[str, Sequence[Row]]], leaf: str) -> bool:
    return all(len(parts.get(leaf, ())) >= _FEWEST for parts in rounds)
