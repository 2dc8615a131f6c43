"""A set of rows of which a sample stands for all: what figures of diversity need of many rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.artifacts import Row


@dataclass(frozen=True, slots=True)
class SampledRows:
    """`rows` are those of the lowest ranks (`subsample`), in order; `total` is how many all are.

    `leaves` counts all rows by leaf; `cells` counts, of a leaf with a grid, their attributes.
    """

    rows: Sequence[Row]
    total: int
    leaves: Mapping[str, int] = field(default_factory=dict)
    cells: Sequence[tuple[Mapping[str, Any], int]] = ()

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


Measurable = Sequence[Row] | SampledRows
"""Rows that figures are taken of: all of them, or a sample that stands for all."""


def leaf_counts(rows: Measurable) -> Counter[str]:
    """How many rows each leaf has."""
    if isinstance(rows, SampledRows):
        return Counter({leaf: count for leaf, count in rows.leaves.items() if count})
    return Counter(str(row.get("leaf", "")) for row in rows)


def cell_counts(rows: Measurable) -> list[tuple[Mapping[str, Any], int]]:
    """The attributes of rows that have any, with how many rows have them."""
    if isinstance(rows, SampledRows):
        return [(cell, count) for cell, count in rows.cells if count]
    return [(row["attributes"], 1) for row in rows if row.get("attributes")]
