"""Keeps the rows of each leaf that together cover it best, or as many at random to compare with."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from tutelage.core.artifacts import Row
from tutelage.core.digests import derive_seed
from tutelage.curation.diversity.selection import SELECTIONS
from tutelage.curation.duplicates.alike_rows import asked_in_leaf, leaves_of
from tutelage.curation.embeddings.embed import Embedder, embed
from tutelage.curation.filters.row_filter import QUESTION_COLUMNS, RowFilter, Scope, Together


class Diverse(RowFilter):
    """Among the rows of its leaf, it is one of those that cover the embedding space best."""

    overruled_by_people: ClassVar[bool] = False

    keep: int | None = Field(None, gt=0)
    """So many rows of each leaf; where not given, a share of them."""
    share: float = Field(0.5, gt=0, le=1)
    """The share of a leaf's rows that is kept, rounded up."""
    by: Literal["facility_location", "k_centre", "random"] = "facility_location"
    """`facility_location`: every row is like one that is kept. `k_centre`: no row is far from one,
    which reaches for outliers. `random`: the foil that a selection must beat."""
    embedder: Embedder = "hashing"
    """The embedder that measures how similar two rows are; see `semantic_duplicate`."""

    together: ClassVar[Together] = "leaf"
    columns: ClassVar[tuple[str, ...] | None] = QUESTION_COLUMNS

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Leaf by leaf; rows that were there already count as kept, and not in the number."""
        verdicts: list[str | None] = [None] * len(rows)
        for numbers in leaves_of(rows):
            there = [place for place, number in enumerate(numbers) if number < scope.there]
            wanted = self._wanted(len(numbers) - len(there))
            vectors = embed(asked_in_leaf([rows[number] for number in numbers]), self.embedder)
            seed = derive_seed(scope.seed, rows[numbers[0]].get("leaf"))
            chosen = set(SELECTIONS[self.by](vectors, wanted, there, seed)).union(there)
            for place, number in enumerate(numbers):
                if place not in chosen:
                    verdicts[number] = f"diverse: not among the {wanted} most diverse of its leaf"
        return verdicts

    def _wanted(self, rows: int) -> int:
        return min(rows, self.keep) if self.keep else math.ceil(rows * self.share - 1e-9)
