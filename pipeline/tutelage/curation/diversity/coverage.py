"""How much of the places that rows should fill they do fill, and how evenly."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tutelage.curation.diversity.sampled_rows import Measurable, cell_counts, leaf_counts


def evenness(counts: Sequence[int], places: int) -> float | None:
    """The entropy of the counts over the highest that so many rows could have: 0 to 1.

    Pielou's evenness (1966), normalised by log(min(places, rows)): two rows in two of a hundred
    places are as even as two rows can be. None where there is but one place, or no row.
    """
    total = sum(counts)
    if places < 2 or not total:
        return None
    if total == 1:
        return 1.0
    entropy = -sum(n / total * math.log(n / total) for n in counts if n)
    return entropy / math.log(min(places, total))


def leaf_coverage(rows: Measurable, leaves: Sequence[str]) -> float | None:
    """The evenness of the rows over the taxonomy's leaves; without one, over the rows' own."""
    found = leaf_counts(rows)
    return evenness(list(found.values()), len({*found, *leaves}))


def attribute_coverage(rows: Measurable, grid: Mapping[str, Sequence[str]]) -> float | None:
    """The share of all the attributes' values that some row of the leaf has."""
    cells = [cell for cell, _ in cell_counts(rows)]
    found = sum(len({cell.get(name) for cell in cells} & {*grid[name]}) for name in grid)
    return found / sum(len({*values}) for values in grid.values()) if cells else None


def attribute_evenness(rows: Measurable, grid: Mapping[str, Sequence[str]]) -> float | None:
    """The evenness of a leaf's rows over the cells of its attribute grid."""
    cells: Counter[tuple[Any, ...]] = Counter()
    for cell, count in cell_counts(rows):
        cells[tuple(cell.get(name) for name in grid)] += count
    return evenness(list(cells.values()), math.prod(map(len, grid.values())))
