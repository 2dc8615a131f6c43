"""How error falls with data: error = E + B * D^-beta, fitted, with bands, and tested by prediction.

Chinchilla's form (Hoffmann et al. 2022, arXiv:2203.15556), fitted in log space with a Huber loss.
Errors are means over training seeds on one and the same set of questions, so the questions' own
noise is common to all sizes and the bands speak of these questions. The fit is a grid over beta and
E, with B in closed form: all draws of the bootstrap are fitted at once, and none gets lost in a
local minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.evaluation.statistics.intervals import Interval, Numbers

DRAWS = 1000
_BETAS = np.geomspace(0.05, 2.5, 40)
_FLOORS = np.append(np.linspace(0, 0.95, 20), 0.99)
"""E as a share of the fitted error at the largest size."""
_HUBER = 1.345
"""In standard errors; 95% as efficient as least squares where errors are normal (Huber 1964)."""
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One size: how many rows were trained on, and the error (0 to 1) that each seed reached."""

    rows: int
    errors: tuple[float, ...]

    @property
    def error(self) -> float:
        """The mean over seeds."""
        return float(np.mean(self.errors))


@dataclass(frozen=True, slots=True)
class Curve:
    """error(D) = floor + scale * D ** -exponent."""

    floor: float
    scale: float
    exponent: float

    def error(self, rows: float) -> float:
        """The expected error after training on so many rows."""
        return float(self.floor + self.scale * rows**-self.exponent)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The fitted curve and the fits of the bootstrap's draws, from which bands are read."""

    curve: Curve
    draws: tuple[Curve, ...]
    noise: Numbers
    """One draw of seed noise each: factors of the standard deviation of one run at error 1/2."""

    def band(self, rows: float) -> Interval:
        """95% band of the expected error at a size."""
        return middle([curve.error(rows) for curve in self.draws])

    def band_of_runs(self, rows: float, seeds: int) -> Interval:
        """95% band of the mean error that so many further runs would show at a size."""
        expected = np.array([curve.error(rows) for curve in self.draws])
        spread = 2 * np.sqrt(np.clip(expected * (1 - expected), 0, None) / seeds)
        return middle(np.clip(expected + spread * self.noise, 0, 1))

    def gain(self, rows: float, more: float) -> tuple[float, Interval]:
        """By how much the error falls from one size to a larger one, with its 95% band."""
        falls = [curve.error(rows) - curve.error(more) for curve in self.draws]
        return self.curve.error(rows) - self.curve.error(more), middle(falls)


def forecast(points: Sequence[Point], questions: int, seed: int = 0) -> Forecast:
    """Fit the curve to the sizes given; raises ValueError with fewer than three of them.

    The bootstrap is parametric: draws add seed noise of the variance seen between seeds, which is
    itself uncertain (a scaled inverse chi-square draw). With one seed it is the binomial variance.
    """
    if len({point.rows for point in points}) < 3:
        raise ValueError("a curve of three parameters needs at least three sizes")
    rng = np.random.default_rng(seed)
    rows = np.array([point.rows for point in points], dtype=float)
    seeds = np.array([len(point.errors) for point in points], dtype=float)
    seen = readable([point.error for point in points], questions)
    half, freedom = _noise(points, questions)
    halves = half * np.sqrt(freedom / rng.chisquare(freedom, DRAWS))
    spread = 2 * np.sqrt(seen * (1 - seen) / seeds)  # of a mean over seeds, for a noise of 1
    drawn = seen + spread * halves[:, None] * rng.standard_normal((DRAWS, len(points)))
    drawn = readable(drawn, questions)
    errors = half * spread / seen  # standard errors of log error
    (curve,) = fit_curves(rows, seen[None, :], errors)
    return Forecast(
        curve, tuple(fit_curves(rows, drawn, errors)), halves * rng.standard_normal(DRAWS)
    )


def readable(errors: Sequence[float] | Numbers, questions: int) -> Numbers:
    """Errors as far as so many questions can tell them: none and all wrong are half a question."""
    least = 0.5 / questions
    return np.clip(errors, least, 1 - least)


def _noise(points: Sequence[Point], questions: int) -> tuple[float, float]:
    """The standard deviation of one run at error 1/2, and its degrees of freedom.

    Runs at other errors vary as sqrt(error * (1 - error)), as shares of right answers do.
    """
    freedom = sum(len(point.errors) - 1 for point in points)
    binomial = 0.5 / np.sqrt(questions)
    if not freedom:
        return float(binomial), 1e6
    total = 0.0
    for point in points:
        largest = max(point.error * (1 - point.error), 0.5 / questions)
        total += sum((error - point.error) ** 2 for error in point.errors) / (4 * largest)
    # Seeds that agree by chance are no proof that all would: one binomial degree is added.
    return float(np.sqrt((total + binomial**2) / (freedom + 1))), freedom + 1.0


def fit_curves(rows: Numbers, seen: Numbers, errors: Numbers) -> list[Curve]:
    """The best curve for each line of `seen` (draws x sizes).

    `seen` are errors above 0; `errors` are the standard errors of their logarithms, by size.
    """
    largest = rows.max()
    shapes = _shapes(rows / largest)
    logs = np.log(seen)
    found = []
    for line in logs:
        scales, losses = _scales(line, shapes, errors)
        best = int(np.argmin(losses))
        beta = float(_BETAS[best // len(_FLOORS)])
        floor, level = float(_FLOORS[best % len(_FLOORS)]), float(np.exp(scales[best]))
        found.append(Curve(level * floor, level * (1 - floor) * float(largest) ** beta, beta))
    return found


def _shapes(shares: Numbers) -> Numbers:
    """log(floor + (1 - floor) * share^-beta) for all of the grid: betas * floors x sizes."""
    powers = shares[None, :] ** -_BETAS[:, None]
    mixed = _FLOORS[None, :, None] + (1 - _FLOORS)[None, :, None] * powers[:, None, :]
    return np.asarray(np.log(mixed).reshape(-1, len(shares)))


def _scales(line: Numbers, shapes: Numbers, errors: Numbers) -> tuple[Numbers, Numbers]:
    """For each shape the best log scale, by reweighted least squares, and its Huber loss."""
    gaps = line - shapes
    scales = np.median(gaps, axis=1)
    for _ in range(_STEPS):
        off = np.abs(gaps - scales[:, None]) / errors
        weights = _HUBER / np.maximum(off, _HUBER) / errors**2
        scales = (gaps * weights).sum(axis=1) / weights.sum(axis=1)
    off = np.abs(gaps - scales[:, None]) / errors
    losses = np.where(off <= _HUBER, off**2 / 2, _HUBER * (off - _HUBER / 2)).sum(axis=1)
    return scales, losses


def middle(values: Sequence[float] | Numbers) -> Interval:
    """The middle 95% of some draws."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
