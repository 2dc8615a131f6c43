"""All texts of a large set that are like an earlier one, by wording.

rensa makes the MinHash signatures (of hashes that numpy makes of all shingles at once: shingling in
Python takes four times as long as all else). Texts that agree in a band of the signature are
candidates; pairs that the signatures take for alike are compared exactly. So the bands decide only
what may be missed. `benchmarks/diversity.md` says how this does beside the libraries.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rensa import RMinHash
from scipy.sparse import csr_array

from tutelage.core.ngrams import Hashes, Numbers, grams, mixed
from tutelage.curation.duplicates.marks import MarkBits, Worded
from tutelage.curation.duplicates.shingles import SHINGLE, SLACK, Found, bands

Signatures = npt.NDArray[np.uint16]
"""[texts, permutations]; 16 of the 32 bits tell signatures apart as well, in half the memory."""

_NEIGHBOURS = 24
"""With how many texts before it in a band a text is compared."""
_AT_ONCE = 8192
_PAIRS_AT_ONCE = 1 << 14


def alike_before(
    texts: Sequence[Worded], threshold: float, spared: Callable[[int, int], bool]
) -> list[Found]:
    """For each text the first earlier one that is similar enough, of those that are kept.

    `spared(earlier, later)` keeps a pair from counting.
    """
    numbers: dict[Worded, int] = {}  # the same text again needs no comparison
    same = [numbers.setdefault(text, len(numbers)) for text in texts]
    join = _Join(list(numbers), threshold)
    found: list[Found] = [None] * len(texts)
    left = list(range(len(texts)))
    while True:
        crowded = join.compare(np.array(sorted({same[row] for row in left}), np.int64))
        dropped = _dropped(left, same, join.alike, spared)
        for row, match in dropped.items():
            found[row] = match
        if not crowded or not dropped:
            return found
        # Where a band is crowded, some texts were compared with dropped ones only: once more.
        left = [row for row in left if row not in dropped]


def _dropped(
    rows: Sequence[int],
    same: Sequence[int],
    alike: Mapping[int, Mapping[int, float]],
    spared: Callable[[int, int], bool],
) -> dict[int, tuple[int, float]]:
    """By row: the first earlier one that is alike, among those that are not dropped themselves."""
    kept: dict[int, list[int]] = {}
    dropped: dict[int, tuple[int, float]] = {}
    times = Counter(same[row] for row in rows)
    for row in rows:
        number = same[row]
        if number not in alike and times[number] == 1:
            continue
        near = [*alike[number].items(), (number, 1.0)] if number in alike else [(number, 1.0)]
        earlier = [
            (other_row, value)
            for other, value in near
            for other_row in kept.get(other, ())
            if not spared(other_row, row)
        ]
        if earlier:
            dropped[row] = min(earlier)
        else:
            kept.setdefault(number, []).append(row)
    return dropped


class _Join:
    """Different texts with their shingles and signatures."""

    def __init__(self, texts: list[Worded], threshold: float) -> None:
        self._texts = texts
        self._threshold = threshold
        self._bands, self._width = bands(threshold)
        lines = [text.line for text in texts]
        self._shingles, self._signatures = _read(lines, self._bands * self._width)
        self._bits = MarkBits(texts)
        # Of many alike texts, as of sums, those with the same numbers and names come together.
        marks = {one: place for place, one in enumerate(dict.fromkeys(t.marks for t in texts))}
        self._marks = np.array([marks[text.marks] for text in texts], np.int64)
        self.alike: dict[int, dict[int, float]] = {}
        """By text: those found to be similar to it."""
        self._crowded: dict[int, Hashes] = {}

    def compare(self, alive: Numbers) -> bool:
        """Compare the candidates among these texts; says whether to do so again with those left.

        Then only where a band had brought too many together for all pairs to be compared.
        """
        again = bool(self._crowded)
        near = [np.zeros(0, np.int64)]
        for band in range(self._bands):
            columns = self._signatures[:, band * self._width : (band + 1) * self._width]
            keys, numbers = _keys(columns[alive]), alive
            if again:
                crowded = np.isin(keys, self._crowded[band])
                keys, numbers = keys[crowded], alive[crowded]
            order = np.lexsort((self._marks[numbers], keys))
            keys, numbers = keys[order], numbers[order]
            for distance in range(1, _NEIGHBOURS + 1):
                together = np.flatnonzero(keys[distance:] == keys[:-distance])
                near += self._near(numbers[together], numbers[together + distance])
            full = keys[_NEIGHBOURS:] == keys[:-_NEIGHBOURS]
            self._crowded[band] = keys[_NEIGHBOURS:][full]
        self._enter(_once(np.concatenate(near)))
        return any(map(len, self._crowded.values()))

    def _near(self, ones: Numbers, others: Numbers) -> Iterator[Numbers]:
        """The pairs that the signatures take for alike, each as one number."""
        least = (self._threshold - SLACK) * self._signatures.shape[1]
        for start in range(0, len(ones), _PAIRS_AT_ONCE):
            one, other = (part[start : start + _PAIRS_AT_ONCE] for part in (ones, others))
            agree = self._bits.agree(one, other)
            one, other = one[agree], other[agree]
            near = (self._signatures[one] == self._signatures[other]).sum(axis=1) >= least
            low, high = np.minimum(one, other)[near], np.maximum(one, other)[near]
            yield low * len(self._texts) + high

    def _enter(self, pairs: Numbers) -> None:
        """Compare pairs exactly and remember those that are similar."""
        sizes = np.diff(self._shingles.indptr)
        for start in range(0, len(pairs), _PAIRS_AT_ONCE):
            one, other = np.divmod(pairs[start : start + _PAIRS_AT_ONCE], len(self._texts))
            common = self._shingles[one].multiply(self._shingles[other]).sum(axis=1)
            shared = np.asarray(common).ravel().astype(np.int64)
            similarity = shared / (sizes[one] + sizes[other] - shared)
            similar = similarity >= self._threshold
            for a, b, value in zip(
                *(part[similar].tolist() for part in (one, other, similarity)), strict=True
            ):
                if not self._texts[a].differs(self._texts[b]):
                    self.alike.setdefault(a, {})[b] = value
                    self.alike.setdefault(b, {})[a] = value


def _read(lines: Sequence[str], permutations: int) -> tuple[Any, Signatures]:
    """The shingles, as a sparse matrix [texts, hashes of 31 bits], and the signatures."""
    signatures = np.zeros((len(lines), permutations), np.uint16)
    columns, counts = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for start in range(0, len(lines), _AT_ONCE):
        part = lines[start : start + _AT_ONCE]
        hashes, rows = grams(part, SHINGLE)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows))]).astype(np.uint64)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, permutations, 1)
        signatures[start : start + _AT_ONCE] = np.array(matrix.to_rows(), np.uint32) & 0xFFFF
        single = _once((rows << 31) | (hashes >> np.uint64(33)).astype(np.int64))
        columns.append((single & 0x7FFFFFFF).astype(np.int32))
        counts.append(np.bincount(single >> 31, minlength=len(part)))
    indices = np.concatenate(columns)
    ends = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
    cells = (np.ones(len(indices), np.int8), indices, ends)
    return csr_array(cells, shape=(len(lines), 1 << 31)), signatures


def _once(numbers: Numbers) -> Numbers:
    """Each number once, in order; faster than numpy's `unique`, which hashes."""
    ordered: Numbers = np.sort(numbers)
    fresh = np.diff(ordered, prepend=-1) != 0
    return np.asarray(ordered[fresh])


def _keys(parts: Signatures) -> Hashes:
    """One number for each row of a band."""
    keys = np.zeros(len(parts), np.uint64)
    for column in parts.T:
        keys = mixed(keys ^ column.astype(np.uint64))
    return keys
