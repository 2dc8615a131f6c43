"""Which of many texts are similar: candidates by the bands of signatures, then compared exactly.

Texts that agree in a band of the signature are candidates; pairs that the signatures take for alike
are compared exactly. So the bands decide only what may be missed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from tutelage.core.ngrams import Hashes, Numbers, mixed
from tutelage.curation.duplicates.shingles import SLACK, bands
from tutelage.curation.duplicates.sketches import Signatures, Sketches, once

Values = npt.NDArray[np.float64]

_NEIGHBOURS = 24
"""With how many texts before it in a band a text is compared."""
_PAIRS_AT_ONCE = 1 << 14


@dataclass(frozen=True, slots=True)
class SimilarPairs:
    """Pairs of texts, and how similar each is."""

    ones: Numbers
    others: Numbers
    values: Values

    @classmethod
    def of(cls, parts: Iterable[Self]) -> Self:
        """Those of all parts."""
        found = [(part.ones, part.others, part.values) for part in parts]
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return cls(*map(np.concatenate, zip(empty, *found, strict=True)))


def near_in_band(
    texts: Sketches, band: int, alive: Numbers, crowded: Hashes | None, threshold: float
) -> tuple[Numbers, Hashes]:
    """The pairs among texts that one band brings together and their signatures take for alike.

    Each is one number, low * texts + high. And the keys that so many texts have that not all of
    their pairs were compared; `crowded` are those of the time before, which alone count then.
    """
    _, width = bands(threshold)
    columns = slice(band * width, (band + 1) * width)
    keys, numbers = _keys(texts.signatures[alive, columns]), alive
    if crowded is not None:
        again = np.isin(keys, crowded)
        keys, numbers = keys[again], numbers[again]
    order = np.lexsort((texts.marks[numbers], keys))
    keys, numbers = keys[order], numbers[order]
    near = [np.zeros(0, np.int64)]
    for distance in range(1, _NEIGHBOURS + 1):
        together = np.flatnonzero(keys[distance:] == keys[:-distance])
        near += _near(texts, numbers[together], numbers[together + distance], threshold)
    full = keys[_NEIGHBOURS:] == keys[:-_NEIGHBOURS]
    return once(np.concatenate(near)), keys[_NEIGHBOURS:][full]


def similar_pairs(texts: Sketches, pairs: Numbers, threshold: float) -> SimilarPairs:
    """Those of the pairs that are similar, compared exactly."""
    starts = range(0, len(pairs), _PAIRS_AT_ONCE)
    parts = (pairs[start : start + _PAIRS_AT_ONCE] for start in starts)
    return SimilarPairs.of(_similar(texts, part, threshold) for part in parts)


def _similar(texts: Sketches, pairs: Numbers, threshold: float) -> SimilarPairs:
    one, other = np.divmod(pairs, len(texts.signatures))
    common = texts.shingles.of(one).multiply(texts.shingles.of(other)).sum(axis=1)
    shared = np.asarray(common).ravel().astype(np.int64)
    sizes = texts.shingles.sizes(one) + texts.shingles.sizes(other)
    value = shared / (sizes - shared)
    alike = np.flatnonzero(value >= threshold)
    those = zip(one[alike].tolist(), other[alike].tolist(), strict=True)
    differ = [texts.worded(a).differs(texts.worded(b)) for a, b in those]
    alike = alike[~np.array(differ, bool)]
    return SimilarPairs(one[alike], other[alike], value[alike])


def _near(texts: Sketches, ones: Numbers, others: Numbers, threshold: float) -> Iterator[Numbers]:
    """The pairs that the signatures take for alike, each as one number."""
    count, permutations = texts.signatures.shape
    least = (threshold - SLACK) * permutations
    for start in range(0, len(ones), _PAIRS_AT_ONCE):
        one, other = (part[start : start + _PAIRS_AT_ONCE] for part in (ones, others))
        agree = texts.bits.agree(one, other)
        one, other = one[agree], other[agree]
        near = (texts.signatures[one] == texts.signatures[other]).sum(axis=1) >= least
        low, high = np.minimum(one, other)[near], np.maximum(one, other)[near]
        yield low * count + high


def _keys(parts: Signatures) -> Hashes:
    """One number for each row of a band."""
    keys = np.zeros(len(parts), np.uint64)
    for column in parts.T:
        keys = mixed(keys ^ column.astype(np.uint64))
    return keys
