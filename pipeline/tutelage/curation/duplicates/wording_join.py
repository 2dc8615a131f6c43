"""All texts of a large set that are like an earlier one, by wording.

`benchmarks/diversity.md` says how this does beside the libraries.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from tutelage.core.ngrams import Hashes, Numbers
from tutelage.curation.duplicates.marks import Worded
from tutelage.curation.duplicates.near_pairs import (
    SimilarPairs,
    Values,
    band_keys,
    near_in_band,
    similar_pairs,
)
from tutelage.curation.duplicates.shingles import Found, bands
from tutelage.curation.duplicates.sketches import once, sketches_of

Spared = Callable[[int, int], bool]
"""Whether an earlier and a later row do not count as a pair."""


@dataclass(frozen=True, slots=True)
class Matches:
    """By row: the earlier one that it is like, -1 for none, and how similar the two are."""

    rows: Numbers
    values: Values

    @classmethod
    def none(cls, count: int) -> Self:
        """No row is like another."""
        return cls(np.full(count, -1, np.int64), np.zeros(count))

    def left(self) -> Numbers:
        """The rows that are like no other."""
        return np.flatnonzero(self.rows < 0)

    def found(self) -> list[Found]:
        """The same as a list."""
        both = zip(self.rows.tolist(), self.values.tolist(), strict=True)
        return [None if row < 0 else (row, value) for row, value in both]


def alike_before(texts: Sequence[Worded], threshold: float, spared: Spared) -> list[Found]:
    """For each text the first earlier one that is similar enough, of those that are kept.

    `spared(earlier, later)` keeps a pair from counting.
    """
    numbers: dict[Worded, int] = {}  # the same text again needs no comparison
    same = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
    sketches = sketches_of(list(numbers), threshold)
    signatures, count = np.asarray(sketches.signatures), bands(threshold)[0]
    keys = [band_keys(signatures, band, threshold) for band in range(count)]
    found, pairs = Matches.none(len(texts)), SimilarPairs.of([])
    crowded: list[Hashes] | None = None
    while True:
        alive = once(same[found.left()])
        made = []
        for band, of_all in enumerate(keys):
            waiting = alive if crowded is None else alive[np.isin(of_all[alive], crowded[band])]
            made.append(near_in_band(sketches, of_all[waiting], waiting, threshold))
        near = once(np.concatenate([part for part, _ in made]))
        pairs = SimilarPairs.of([pairs, similar_pairs(sketches, near, threshold)])
        left, kept = found.left(), KeptRows.of(np.bincount(same) > 1)
        found = matched(found, same, pairs, kept, spared)
        crowded = [full for _, full in made]
        # Where a band is crowded, some texts were compared with dropped ones only: once more.
        if not any(map(len, crowded)) or len(found.left()) == len(left):
            return found.found()


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows that are kept so far, by the numbers of their texts."""

    repeated: npt.NDArray[np.bool_]
    """By text: whether several rows have it."""
    first: Numbers
    """By text: the first row, -1 for none."""
    more: dict[int, list[int]]

    @classmethod
    def of(cls, repeated: npt.NDArray[np.bool_]) -> Self:
        """None yet."""
        return cls(repeated, np.full(len(repeated), -1, np.int64), {})

    def rows(self, text: int) -> list[int]:
        """Those of a text."""
        first = int(self.first[text])
        return [] if first < 0 else [first, *self.more.get(text, ())]

    def add(self, text: int, row: int) -> None:
        """Keep a row."""
        if self.first[text] < 0:
            self.first[text] = row
        else:
            self.more.setdefault(text, []).append(row)


def matched(
    found: Matches,
    same: Numbers,
    pairs: SimilarPairs,
    kept: KeptRows,
    spared: Spared,
    start: int = 0,
) -> Matches:
    """The matches found, and those of the rows that are left: the first earlier one that is alike
    among those that are not dropped themselves.

    Of rows that follow each other from the row `start` on; earlier ones are in `kept`, to which
    these are added. `same` is the number of each one's text; rows of one text are alike. `pairs`
    are all those of their texts, at least.
    """
    rows, values = found.rows.copy(), found.values.copy()
    left = found.left()
    near = _Near(pairs, same[left])
    alike = np.flatnonzero(near.found | kept.repeated[same[left]])
    for place, one in zip(left[alike].tolist(), alike.tolist(), strict=True):
        number, row = int(same[place]), start + place
        earlier = [
            (other_row, value)
            for other, value in (*near.to(one), (number, 1.0))
            for other_row in kept.rows(other)
            if not spared(other_row, row)
        ]
        if earlier:
            rows[place], values[place] = min(earlier)
        else:
            kept.add(number, row)
    return Matches(rows, values)


class _Near:
    """Pairs by either of their texts."""

    def __init__(self, pairs: SimilarPairs, texts: Numbers) -> None:
        """Of the texts that will be asked for."""
        ones = np.concatenate([pairs.ones, pairs.others])
        order = np.argsort(ones, kind="stable")
        ones = ones[order]
        self._others = np.concatenate([pairs.others, pairs.ones])[order]
        self._values = np.concatenate([pairs.values, pairs.values])[order]
        self._starts, self._ends = (np.searchsorted(ones, texts, side) for side in _SIDES)
        self.found = self._ends > self._starts
        """By place of a text: whether it has a similar one."""

    def to(self, place: int) -> Iterator[tuple[int, float]]:
        """The texts that are similar to the one at a place, and how similar."""
        part = slice(self._starts[place], self._ends[place])
        return zip(self._others[part].tolist(), self._values[part].tolist(), strict=True)


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
