"""All texts of a large set that are like an earlier one, by wording.

rensa makes the MinHash signatures (of hashes that numpy makes of all shingles at once: shingling in
Python takes four times as long as all else). Texts that agree in a band of the signature are
candidates; pairs that the signatures take for alike are compared exactly. So the bands decide only
what may be missed. `benchmarks/diversity.md` says how this does beside the libraries.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from pipeline.grams import Hashes, Numbers, grams, mixed
from pipeline.similarity.marks import MarkBits, Worded
from pipeline.similarity.shingles import SHINGLE, SLACK, Found, bands, similarity

Signatures = npt.NDArray[np.uint16]
"""[texts, permutations]; 16 of the 32 bits tell signatures apart as well, in half the memory."""

_NEIGHBOURS = 24
"""With how many texts before it in a band a text is compared."""
_AT_ONCE = 8192
_PAIRS_AT_ONCE = 1 << 17


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
    alike: Callable[[int], Iterator[tuple[int, float]]],
    spared: Callable[[int, int], bool],
) -> dict[int, tuple[int, float]]:
    """By row: the first earlier one that is alike, among those that are not dropped themselves."""
    kept: dict[int, list[int]] = {}
    dropped: dict[int, tuple[int, float]] = {}
    for row in rows:
        earlier = [
            (other_row, value)
            for other, value in alike(same[row])
            for other_row in kept.get(other, ())
            if not spared(other_row, row)
        ]
        if earlier:
            dropped[row] = min(earlier)
        else:
            kept.setdefault(same[row], []).append(row)
    return dropped


class _Join:
    """Different texts with their signatures."""

    def __init__(self, texts: list[Worded], threshold: float) -> None:
        self._texts = texts
        self._threshold = threshold
        self._bands, self._width = bands(threshold)
        self._signatures = _signatures([text.line for text in texts], self._bands * self._width)
        self._bits = MarkBits(texts)
        # Of many alike texts, as of sums, those with the same numbers and names come together.
        marks = {one: place for place, one in enumerate(dict.fromkeys(t.marks for t in texts))}
        self._marks = np.array([marks[text.marks] for text in texts], np.int64)
        self._similarity: dict[int, dict[int, float]] = {}
        self._crowded: dict[int, Hashes] = {}

    def alike(self, number: int) -> Iterator[tuple[int, float]]:
        """The texts found to be similar to one, itself included."""
        yield number, 1.0
        for other, value in self._similarity.get(number, {}).items():
            if value >= self._threshold:
                yield other, value

    def compare(self, alive: Numbers) -> bool:
        """Compare the candidates among these texts; says whether to do so again with those left.

        Then only where a band had brought too many together for all pairs to be compared.
        """
        again = bool(self._crowded)
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
                self._pairs(numbers[together], numbers[together + distance])
            self._crowded[band] = np.unique(
                keys[_NEIGHBOURS:][keys[_NEIGHBOURS:] == keys[:-_NEIGHBOURS]]
            )
        return any(map(len, self._crowded.values()))

    def _pairs(self, ones: Numbers, others: Numbers) -> None:
        least = (self._threshold - SLACK) * self._signatures.shape[1]
        for start in range(0, len(ones), _PAIRS_AT_ONCE):
            one, other = (part[start : start + _PAIRS_AT_ONCE] for part in (ones, others))
            agree = self._bits.agree(one, other)
            one, other = one[agree], other[agree]
            near = (self._signatures[one] == self._signatures[other]).sum(axis=1) >= least
            for a, b in zip(one[near].tolist(), other[near].tolist(), strict=True):
                known = self._similarity.setdefault(a, {})
                if b not in known:
                    value = similarity(self._texts[a], self._texts[b])
                    known[b] = self._similarity.setdefault(b, {})[a] = value


def _signatures(lines: Sequence[str], permutations: int) -> Signatures:
    made = np.zeros((len(lines), permutations), np.uint16)
    for start in range(0, len(lines), _AT_ONCE):
        hashes, rows = grams(lines[start : start + _AT_ONCE], SHINGLE)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows))]).astype(np.uint64)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, permutations, 1)
        made[start : start + _AT_ONCE] = np.array(matrix.to_rows(), np.uint32) & 0xFFFF
    return made


def _keys(parts: Signatures) -> Hashes:
    """One number for each row of a band."""
    keys = np.zeros(len(parts), np.uint64)
    for column in parts.T:
        keys = mixed(keys ^ column.astype(np.uint64))
    return keys
