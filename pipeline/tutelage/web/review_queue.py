"""What a reviewer is shown next: a random sample first, then where filters and judges disagree."""

import json
import random
from collections.abc import Collection
from dataclasses import dataclass

from tutelage.web.row_index import RowIndex

BLIND = 40
"""Rows drawn at random and shown without any verdict: what the rest is measured against."""


@dataclass(frozen=True, slots=True)
class Next:
    """A row to decide on."""

    id: str
    why: str
    left: int
    """Rows of the same kind that wait behind it, itself included."""


class ReviewQueue:
    """The order in which the rows of a stage are shown."""

    def __init__(self, index: RowIndex, seed: int) -> None:
        self._index = index
        sample = random.Random(seed).sample(range(len(index)), min(BLIND, len(index)))
        self.drawn = [(place, index.id_at(place)) for place in sample]
        """The places and ids of the rows drawn at random."""
        self._sample = dict.fromkeys(name for _, name in self.drawn)
        self._disputed: list[str] | None = None

    def is_drawn(self, name: str) -> bool:
        """Whether a row is one of those drawn at random."""
        return name in self._sample

    def next(self, decided: Collection[str], after: str | None = None) -> Next | None:
        """The first row not decided yet, but for the one just looked `after`; None at the end."""
        if waiting := [name for name in self._sample if name not in decided and name != after]:
            return Next(waiting[0], "drawn at random, shown without verdicts", len(waiting))
        if waiting := [n for n in self._disputes() if n not in decided and n != after]:
            return Next(waiting[0], "filters or judges disagree on it", len(waiting))
        return None

    def _disputes(self) -> list[str]:
        """Rows that one filter or judge would keep and another not."""
        if self._disputed is None:
            words = self._index.texts("verdicts")
            self._disputed = [
                self._index.id_at(place)
                for place, text in enumerate(words)
                if text and len({bool(word["keep"]) for word in json.loads(text)}) > 1
            ]
        return self._disputed
