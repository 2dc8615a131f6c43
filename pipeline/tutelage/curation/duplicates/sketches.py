"""Texts as they are compared by the many: MinHash signatures and shingles, as arrays.

rensa makes the signatures, of hashes that numpy makes of all shingles at once: shingling in Python
takes four times as long as all else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from rensa import RMinHash
from scipy.sparse import csr_array

from tutelage.core.ngrams import Numbers, grams
from tutelage.curation.duplicates.marks import MarkBits, Worded
from tutelage.curation.duplicates.shingles import SHINGLE, bands

Signatures = npt.NDArray[np.uint16]
"""[texts, permutations]; 16 of the 32 bits tell signatures apart as well, in half the memory."""

_AT_ONCE = 8192


class Lookup(Protocol):
    """An array that is looked up at some places, in memory or on disk."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: Numbers, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Shingles:
    """The different shingles of texts, as hashes of 31 bits: one text's after another's."""

    hashes: Lookup
    starts: Lookup
    """By text; and the end of the last."""

    def of(self, texts: Numbers) -> Any:
        """Those of some texts as a sparse matrix [texts, hashes]."""
        places, ends = places_of(self.starts, texts)
        cells = (np.ones(len(places), np.int8), self.hashes[places], ends)
        return csr_array(cells, shape=(len(texts), 1 << 31))


def places_of(starts: Lookup, texts: Numbers) -> tuple[Numbers, Numbers]:
    """Where the parts of some texts lie that start at `starts`, one text's after another's; and
    where each text's begin among these, with the end of the last."""
    first = starts[texts]
    sizes = starts[texts + 1] - first
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.repeat(first - ends[:-1], sizes) + np.arange(ends[-1]), ends


@dataclass(frozen=True, slots=True)
class Sketches:
    """Texts that all differ, as they are compared. The arrays may lie on disk."""

    signatures: Lookup
    """[texts, permutations]"""
    shingles: Shingles
    bits: Callable[[Numbers], MarkBits]
    marks: Lookup
    """By text: a number for all its marks. Of many alike texts, as of sums, those with the same
    numbers and names are compared first."""
    worded: Callable[[Numbers], Sequence[Worded]]


def sketches_of(texts: Sequence[Worded], threshold: float) -> Sketches:
    """Texts as they are compared; they must all differ."""
    signatures, shingles = sketch([text.line for text in texts], threshold)
    marks = {one: place for place, one in enumerate(dict.fromkeys(t.marks for t in texts))}
    numbers = np.array([marks[text.marks] for text in texts], np.int64)
    bits = MarkBits.of(texts)

    def worded(some: Numbers) -> list[Worded]:
        return [texts[number] for number in some.tolist()]

    return Sketches(signatures, shingles, bits.some, numbers, worded)


def sketch(lines: Sequence[str], threshold: float) -> tuple[Signatures, Shingles]:
    """The signatures of lines, in as many permutations as the bands take, and their shingles."""
    count, width = bands(threshold)
    signatures = np.zeros((len(lines), count * width), np.uint16)
    shingles, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for start in range(0, len(lines), _AT_ONCE):
        part = lines[start : start + _AT_ONCE]
        hashes, rows = grams(part, SHINGLE)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows))]).astype(np.uint64)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, count * width, 1)
        signatures[start : start + _AT_ONCE] = np.array(matrix.to_rows(), np.uint32) & 0xFFFF
        single = once((rows << 31) | (hashes >> np.uint64(33)).astype(np.int64))
        shingles.append((single & 0x7FFFFFFF).astype(np.int32))
        sizes.append(np.bincount(single >> 31, minlength=len(part)))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
    return signatures, Shingles(np.concatenate(shingles), starts)


def once(numbers: Numbers) -> Numbers:
    """Each number once, in order; faster than numpy's `unique`, which hashes."""
    ordered: Numbers = np.sort(numbers)
    fresh = np.diff(ordered, prepend=-1) != 0
    return np.asarray(ordered[fresh])
