"""How error falls with parameters and rows: E + A * N^-alpha + B * D^-beta, fitted and tested.

Chinchilla's form (Hoffmann et al. 2022, arXiv:2203.15556, approach 3), here for the errors of
fine-tuned students. For given exponents the rest is least squares with coefficients of 0 or more,
so the fit is a grid over the exponents and has no local minima. Bands are a parametric bootstrap
over training seeds, as in `scaling_law`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

from tutelage.evaluation.statistics.intervals import Interval, Numbers
from tutelage.evaluation.statistics.scaling_law import middle, readable

DRAWS = 200
_EXPONENTS = np.geomspace(0.05, 2.0, 12)
_FEWEST = 6
"""Cells for a law of five parameters; with two sizes and two numbers of rows at least."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One size of student and of data, and the error (0 to 1) that each seed reached."""

    parameters: int
    rows: int
    errors: tuple[float, ...]

    @property
    def error(self) -> float:
        """The mean over seeds."""
        return float(np.mean(self.errors))


@dataclass(frozen=True, slots=True)
class SizeLaw:
    """error(N, D) = floor + a * (N / n0)^-alpha + b * (D / d0)^-beta, by the largest cell."""

    floor: float
    a: float
    alpha: float
    b: float
    beta: float
    parameters: int
    """n0, the most parameters fitted."""
    rows: int
    """d0, the most rows fitted."""

    def error(self, parameters: float, rows: float) -> float:
        """The expected error of such a student trained on so many rows."""
        size, data = parameters / self.parameters, rows / self.rows
        return float(self.floor + self.a * size**-self.alpha + self.b * data**-self.beta)


def size_law(
    cells: Sequence[Cell], questions: int, seed: int = 0, *, rows_cost: bool = True
) -> dict[str, Any]:
    """The law through the cells with its check and the best splits of a budget, as data.

    `law` is None where there are too few cells. `check` predicts the cell with the most rows times
    parameters from all others. There is a split only where `rows_cost` training: where every cell
    took as many steps, more rows are no more work.
    """
    ordered = sorted(cells, key=lambda cell: (cell.parameters, cell.rows))
    found: dict[str, Any] = {
        "cells": [
            {"parameters": c.parameters, "rows": c.rows, "error": c.error, "errors": list(c.errors)}
            for c in ordered
        ],
        "law": None,
        "check": None,
        "splits": [],
    }
    if not _enough(ordered):
        return found
    law, draws, _ = _fitted(ordered, questions, seed)
    return found | {
        "law": asdict(law),
        "check": predict_cell(ordered, questions, seed),
        "splits": _splits(law, draws, ordered) if rows_cost else [],
    }


def predict_cell(cells: Sequence[Cell], questions: int, seed: int = 0) -> dict[str, Any] | None:
    """The cell with the most rows times parameters predicted from the others; None where too few.

    The 95% band is of the mean error that as many runs would show.
    """
    held = max(cells, key=lambda cell: cell.parameters * cell.rows)
    rest = [cell for cell in cells if cell is not held]
    if not _enough(rest):
        return None
    law, draws, noise = _fitted(rest, questions, seed)
    expected = np.array([one.error(held.parameters, held.rows) for one in draws])
    spread = 2 * np.sqrt(np.clip(expected * (1 - expected), 0, None) / len(held.errors))
    low, high = middle(np.clip(expected + spread * noise, 0, 1))
    least, seen, most = readable([low, held.error, high], questions)
    return {
        "parameters": held.parameters,
        "rows": held.rows,
        "predicted": law.error(held.parameters, held.rows),
        "low": low,
        "high": high,
        "observed": held.error,
        "inside": bool(least <= seen <= most),
    }


def _enough(cells: Sequence[Cell]) -> bool:
    sizes, rows = {cell.parameters for cell in cells}, {cell.rows for cell in cells}
    return len(cells) >= _FEWEST - 1 and len(sizes) >= 2 and len(rows) >= 2


def _fitted(
    cells: Sequence[Cell], questions: int, seed: int
) -> tuple[SizeLaw, list[SizeLaw], Numbers]:
    """The law, those of the draws, and one draw of a run's noise each (at error 1/2)."""
    rng = np.random.default_rng(seed)
    seen = readable([cell.error for cell in cells], questions)
    seeds = np.array([len(cell.errors) for cell in cells], dtype=float)
    half = _seed_noise(cells, questions)
    spread = 2 * half * np.sqrt(seen * (1 - seen) / seeds)
    drawn = readable(seen + spread * rng.standard_normal((DRAWS, len(cells))), questions)
    law = _fit(cells, seen, spread)
    draws = [_fit(cells, line, spread) for line in drawn]
    return law, draws, half * rng.standard_normal(DRAWS)


def _seed_noise(cells: Sequence[Cell], questions: int) -> float:
    """The standard deviation of one run at error 1/2; binomial where seeds do not tell."""
    binomial = 0.25 / questions
    freedom = sum(len(cell.errors) - 1 for cell in cells)
    total = sum(
        (error - cell.error) ** 2 / (4 * max(cell.error * (1 - cell.error), 0.5 / questions))
        for cell in cells
        for error in cell.errors
    )
    return float(np.sqrt((total + binomial) / (freedom + 1)))


def _fit(cells: Sequence[Cell], seen: Numbers, spread: Numbers) -> SizeLaw:
    most_parameters = max(cell.parameters for cell in cells)
    most_rows = max(cell.rows for cell in cells)
    size = np.array([cell.parameters / most_parameters for cell in cells])
    data = np.array([cell.rows / most_rows for cell in cells])
    best, loss = SizeLaw(0, 0, 1, 0, 1, most_parameters, most_rows), np.inf
    for alpha in _EXPONENTS:
        for beta in _EXPONENTS:
            terms = np.column_stack([np.ones_like(size), size**-alpha, data**-beta])
            found, off = nnls(terms / spread[:, None], seen / spread)
            if off < loss:
                floor, a, b = (float(value) for value in found)
                loss = off
                best = SizeLaw(floor, a, float(alpha), b, float(beta), most_parameters, most_rows)
    return best


def _splits(
    law: SizeLaw, draws: Sequence[SizeLaw], cells: Sequence[Cell]
) -> list[dict[str, float]]:
    """For a training budget of 1, 2 and 4 times the largest cell's work, the best of each size.

    The work of a step grows with parameters times rows. No size beyond twice the largest measured,
    nor below half of the smallest.
    """
    most = max(cell.parameters * cell.rows for cell in cells)
    sizes = [cell.parameters for cell in cells]
    tried = np.geomspace(min(sizes) / 2, 2 * max(sizes), 60)
    found = []
    for times in (1, 2, 4):
        errors = [law.error(size, times * most / size) for size in tried]
        best = float(tried[int(np.argmin(errors))])
        rows = times * most / best
        low, high = _band(draws, best, rows)
        found.append(
            {"times": times, "parameters": best, "rows": rows, "error": min(errors)}
            | {"low": low, "high": high}
        )
    return found


def _band(draws: Sequence[SizeLaw], parameters: float, rows: float) -> Interval:
    return middle([law.error(parameters, rows) for law in draws])
