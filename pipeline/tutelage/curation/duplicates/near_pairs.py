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
_COMPARED_AT_ONCE = 1 << 12


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
    texts: Sketches, keys: Hashes, numbers: Numbers, threshold: float
) -> tuple[Numbers, Hashes]:
    """The pairs among texts that one band brings together and their signatures take for alike.

    `keys` are those of the band (`band_keys`), of the texts `numbers`. Each pair is one number,
    low * texts + high. And the keys that so many texts have that not all of their pairs were
    compared.
    """
    order = np.lexsort((texts.marks[numbers], keys))
    keys, numbers = keys[order], numbers[order]
    full = keys[_NEIGHBOURS:][keys[_NEIGHBOURS:] == keys[:-_NEIGHBOURS]]
    equal, several = keys[1:] == keys[:-1], np.zeros(len(keys), bool)
    several[1:] |= equal
    several[:-1] |= equal
    keys, numbers = keys[several], numbers[several]
    near = [np.zeros(0, np.int64)]
    for start in range(0, len(keys), _PAIRS_AT_ONCE):
        block = slice(start, start + _PAIRS_AT_ONCE + _NEIGHBOURS)
        near += _near(texts, keys[block], numbers[block], threshold)
    return once(np.concatenate(near)), full


def band_keys(signatures: Signatures, band: int, threshold: float) -> Hashes:
    """One number by text for what one band of the signatures says."""
    _, width = bands(threshold)
    keys = np.zeros(len(signatures), np.uint64)
    for column in signatures[:, band * width : (band + 1) * width].T:
        keys = mixed(keys ^ column.astype(np.uint64))
    return keys


def similar_pairs(texts: Sketches, pairs: Numbers, threshold: float) -> SimilarPairs:
    """Those of the pairs that are similar, compared exactly."""
    starts = range(0, len(pairs), _COMPARED_AT_ONCE)
    parts = (pairs[start : start + _COMPARED_AT_ONCE] for start in starts)
    return SimilarPairs.of(_similar(texts, part, threshold) for part in parts)


def _similar(texts: Sketches, pairs: Numbers, threshold: float) -> SimilarPairs:
    one, other = np.divmod(pairs, len(texts.signatures))
    single = once(np.concatenate([one, other]))
    shingles = texts.shingles.of(single)
    ones, others = np.searchsorted(single, one), np.searchsorted(single, other)
    common = shingles[ones].multiply(shingles[others]).sum(axis=1)
    shared = np.asarray(common).ravel().astype(np.int64)
    sizes = np.diff(shingles.indptr)
    value = shared / (sizes[ones] + sizes[others] - shared)
    alike = np.flatnonzero(value >= threshold)
    alike = alike[~_differ(texts, one[alike], other[alike])]
    return SimilarPairs(one[alike], other[alike], value[alike])


def _differ(texts: Sketches, ones: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
    """Whether two texts differ in a number or a name, pair by pair."""
    single = once(np.concatenate([ones, others]))
    worded = dict(zip(single.tolist(), texts.worded(single), strict=True))
    pairs = zip(ones.tolist(), others.tolist(), strict=True)
    return np.array([worded[one].differs(worded[other]) for one, other in pairs], bool)


def _near(texts: Sketches, keys: Hashes, numbers: Numbers, threshold: float) -> Iterator[Numbers]:
    """The pairs that the signatures take for alike, each as one number, of texts that are sorted
    by their keys; the lower places are the first `_PAIRS_AT_ONCE`."""
    count, signatures, bits = len(texts.signatures), texts.signatures[numbers], texts.bits(numbers)
    least = (threshold - SLACK) * signatures.shape[1]
    for distance in range(1, _NEIGHBOURS + 1):
        one = np.flatnonzero(keys[distance:] == keys[:-distance])
        one = one[one < _PAIRS_AT_ONCE]
        one = one[bits.agree(one, one + distance)]
        near = one[(signatures[one] == signatures[one + distance]).sum(axis=1) >= least]
        low, high = np.sort([numbers[near], numbers[near + distance]], axis=0)
        yield low * count + high
