"""How many rows a leaf still lacks, which cells to ask about next, and why rows are missing."""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.artifacts import Row, reason_of
from tutelage.generation.session import Writer

_WORST_YIELD = 0.1
"""A lower share of accepted rows is taken for this one: the next round may show a better one."""


def weights_of(writer: Writer) -> Mapping[str, float]:
    """The share of the rows that each cell is to have; empty where all have the same."""
    found: Mapping[str, float] = getattr(writer, "weights", {})
    return found if len(set(found.values())) > 1 else {}


def spread(
    cells: Sequence[str],
    count: int,
    had: Mapping[str, int],
    tried: Mapping[str, int],
    weights: Mapping[str, float] | None = None,
) -> list[str]:
    """`count` cells, each time the one with the fewest rows, those asked for now included.

    Rows count by the cell's weight, where there are `weights` (D'Hondt's method). Cells of one
    weight come in staggered, so that also of more cells than rows each weight gets its share.

    Among equals the one tried least often comes first, then the earlier one: a cell that the
    teacher always fails at does not use up what is left for the others.
    """
    each = [(weights or {}).get(cell, 1.0) for cell in cells]
    first = _staggered([tried.get(cell, 0) for cell in cells], each)
    queue = [
        ((had.get(cell, 0) + first[place]) / each[place], tried.get(cell, 0), place)
        for place, cell in enumerate(cells)
    ]
    heapq.heapify(queue)
    chosen = []
    for _ in range(count if cells else 0):
        rows, tries, place = queue[0]
        chosen.append(cells[place])
        heapq.heapreplace(queue, (rows + 1 / each[place], tries + 1, place))
    return chosen


def _staggered(tried: Sequence[int], weights: Sequence[float]) -> list[float]:
    """What stands for each cell's first row: spread over (0, 1] among the cells of one weight,
    those tried least often first; 1 for all where there is one weight."""
    classes: dict[float, list[int]] = {}
    for place in sorted(range(len(tried)), key=lambda place: (tried[place], place)):
        classes.setdefault(weights[place], []).append(place)
    found = [1.0] * len(tried)
    if len(classes) > 1:
        for places in classes.values():
            for rank, place in enumerate(places, 1):
                found[place] = rank / len(places)
    return found


@dataclass
class Quota:
    """What is wanted of one leaf, and what became of all that was asked for."""

    leaf: str
    wanted: int
    writer: Writer
    attempts: float
    """Instructions asked for per row wanted, at most."""
    first: float
    """Instructions asked for per row wanted before any yield is known."""
    had: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    """By cell: how often rows were rejected, by kind of reason."""
    _rows: list[Row] = field(default_factory=list)
    """Rows accepted so far."""

    @property
    def accepted(self) -> int:
        """Rows accepted so far."""
        return self.had.total()

    @property
    def asked(self) -> int:
        """Instructions asked for so far."""
        return self.tried.total()

    @property
    def missing(self) -> int:
        """Rows still to be accepted: of the leaf as a whole, or to give each cell its share."""
        cells = sum(max(0, self._share(cell) - self.had[cell]) for cell in self.writer.cells)
        return max(0, self.wanted - self.accepted, cells)

    def next(self) -> list[str]:
        """The cells to ask about now; none where the quota is met or the attempts are used up."""
        reached = self.accepted / self.asked if self.asked else 1 / self.first
        count = math.ceil(self.missing / max(reached, _WORST_YIELD))
        left = math.floor(self.attempts * self.wanted) - self.asked
        short = [c for c in self.writer.cells if self.had[c] < math.ceil(self._part(c))]
        asking, weights = max(0, min(count, left)), weights_of(self.writer)
        cells = spread(short or self.writer.cells, asking, self.had, self.tried, weights)
        self.tried.update(cells)
        return cells

    def count(self, accepted: Iterable[Row], rejected: Iterable[Row]) -> None:
        """Count what became of the rows of a round."""
        for row in accepted:
            self._rows.append(row)
            self.had[self.writer.cell_of(row)] += 1
        for row in rejected:
            reasons = self.reasons.setdefault(self.writer.cell_of(row), Counter())
            reasons[reason_of(row)] += 1

    def drop_surplus(self) -> set[str]:
        """Drop rows beyond those wanted, each time one of the cell that is fullest for its weight;
        returns their ids.

        A last round may bring more than was missing: how many will be accepted is a guess.
        """
        places: Counter[str] = Counter()
        ranked: list[tuple[float, Row]] = []
        weights = weights_of(self.writer)
        for row in self._rows:
            cell = self.writer.cell_of(row)
            places[cell] += 1
            ranked.append((places[cell] / weights.get(cell, 1.0), row))
        ranked.sort(key=lambda one: one[0])
        dropped = [row for _, row in ranked[self.wanted :]]
        self._rows = [row for _, row in ranked[: self.wanted]]
        self.had.subtract(self.writer.cell_of(row) for row in dropped)
        return {row["id"] for row in dropped}

    def reached(self) -> dict[str, Any]:
        """How many of the leaf's cells have a row."""
        cells = self.writer.cells
        with_rows = sum(self.had[cell] > 0 for cell in cells)
        return {"leaf": self.leaf, "cells": len(cells), "with_rows": with_rows}

    def shortfall(self) -> dict[str, Any] | None:
        """How many rows the leaf lacks and why; None where the quota is met."""
        if not self.missing:
            return None
        used_up = self.asked >= math.floor(self.attempts * self.wanted)
        why = "the attempts are used up" if used_up else "the rounds are used up"
        if not self.writer.cells:
            why = "its documents have nothing to ask about"
        numbers = {"wanted": self.wanted, "accepted": self.accepted, "asked": self.asked}
        reasons = sum(self.reasons.values(), Counter[str]())
        return (
            {"leaf": self.leaf}
            | numbers
            | {
                "why": why,
                "rejected": dict(reasons.most_common()),
                "cells": self._short_cells(),
            }
        )

    def _share(self, cell: str) -> int:
        """Rows that a cell has at least where they are spread evenly, or by weight."""
        return math.floor(self._part(cell) + 1e-9)

    def _part(self, cell: str) -> float:
        weights, count = weights_of(self.writer), max(1, len(self.writer.cells))
        if not weights:
            return self.wanted / count
        return self.wanted * weights[cell] / sum(weights.values())

    def _short_cells(self) -> list[dict[str, Any]]:
        """Cells with less than an even share of the rows wanted, the emptiest first."""
        cells = self.writer.cells
        short = sorted((self.had[cell], place) for place, cell in enumerate(cells))
        return [
            {
                "cell": cells[place],
                "wanted": self._share(cells[place]),
                "accepted": rows,
                "asked": self.tried[cells[place]],
                "rejected": dict(self.reasons.get(cells[place], Counter()).most_common()),
            }
            for rows, place in short
            if rows < self._share(cells[place])
        ]
