"""All texts of a large set that are like an earlier one, by wording.

`benchmarks/diversity.md` says how this does beside the libraries.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tutelage.core.ngrams import Hashes, Numbers
from tutelage.curation.duplicates.marks import Worded
from tutelage.curation.duplicates.near_pairs import (
    SimilarPairs,
    Values,
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
    found, pairs = Matches.none(len(texts)), SimilarPairs.of([])
    crowded: list[Hashes] | list[None] = [None] * bands(threshold)[0]
    while True:
        alive = once(same[found.left()])
        made = [
            near_in_band(sketches, band, alive, keys, threshold)
            for band, keys in enumerate(crowded)
        ]
        near = once(np.concatenate([part for part, _ in made]))
        pairs = SimilarPairs.of([pairs, similar_pairs(sketches, near, threshold)])
        left, found = found.left(), matched(found, same, pairs, spared)
        crowded = [full for _, full in made]
        # Where a band is crowded, some texts were compared with dropped ones only: once more.
        if not any(map(len, crowded)) or len(found.left()) == len(left):
            return found.found()


def matched(found: Matches, same: Numbers, pairs: SimilarPairs, spared: Spared) -> Matches:
    """The matches found, and those of the rows that are left: the first earlier one that is alike
    among those that are not dropped themselves.

    `same` is the number of each row's text; rows of one text are alike.
    """
    rows, values = found.rows.copy(), found.values.copy()
    left = found.left()
    numbers = same[left]
    near = _Near(pairs, int(same.max(initial=-1)) + 1)
    alike = near.has(numbers) | (np.bincount(numbers)[numbers] > 1)
    kept: dict[int, list[int]] = {}
    for row, number in zip(left[alike].tolist(), numbers[alike].tolist(), strict=True):
        earlier = [
            (other_row, value)
            for other, value in (*near.to(number), (number, 1.0))
            for other_row in kept.get(other, ())
            if not spared(other_row, row)
        ]
        if earlier:
            rows[row], values[row] = min(earlier)
        else:
            kept.setdefault(number, []).append(row)
    return Matches(rows, values)


class _Near:
    """Pairs by either of their texts."""

    def __init__(self, pairs: SimilarPairs, texts: int) -> None:
        ones = np.concatenate([pairs.ones, pairs.others])
        order = np.argsort(ones, kind="stable")
        self._others = np.concatenate([pairs.others, pairs.ones])[order]
        self._values = np.concatenate([pairs.values, pairs.values])[order]
        self._bounds = np.searchsorted(ones[order], np.arange(texts + 1))

    def has(self, texts: Numbers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether texts have a similar one."""
        return np.asarray(self._bounds[texts + 1] > self._bounds[texts])

    def to(self, text: int) -> Iterator[tuple[int, float]]:
        """The texts that are similar to one, and how similar."""
        part = slice(*self._bounds[text : text + 2])
        return zip(self._others[part].tolist(), self._values[part].tolist(), strict=True)
