"""How accuracy grows with tokens: a fitted law with its band, tested by prediction.

The error falls as E + B * tokens^-b (the form of `scaling_law`, here over what an answer may use;
Snell et al. 2024, arXiv:2408.03314, and Brown et al. 2024, arXiv:2407.21787, see like curves). All
sizes come from one pool of answers to the same questions, so their errors move together: bands are
bootstrap intervals over questions, and each draw takes a question with all of its sizes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from tutelage.evaluation.statistics.intervals import Interval, Numbers
from tutelage.evaluation.statistics.scaling_law import Curve, fit_curves, middle, readable

DRAWS = 400
"""Resamples of the questions: enough for the ends of a 95% band, of which a study has many."""
FEWEST = 3
"""Sizes that a curve of three parameters needs."""
_BEYOND = 2.0
"""How far past the largest size the law is drawn, as a factor of its tokens."""
_PLOTTED = 30


def token_law(tokens: Sequence[float], values: Numbers, seed: int = 0) -> dict[str, Any] | None:
    """The law of accuracy against tokens; None for fewer than three sizes, or for sizes
    that score the same on every question: then nothing grows.

    `values` are each question's expected score by size (questions x sizes), `tokens` what each size
    uses on average, rising. Found are `curve`, `bands` up to twice the tokens, `ceiling` (the
    accuracy that no number of tokens exceeds, with its interval) and `check`: the largest size
    predicted from the smaller ones.
    """
    if len(tokens) < FEWEST or not np.ptp(values, axis=1).any():
        return None
    used = np.asarray(tokens, dtype=float)
    drawn = _drawn_errors(values, seed)
    curve, draws = _fit(used, values, drawn)
    reach = np.geomspace(used[0], _BEYOND * used[-1], _PLOTTED)
    return {
        "curve": asdict(curve),
        "bands": [_at(curve, draws, float(at)) for at in reach],
        "ceiling": 1 - curve.floor,
        "ceiling_interval": [1 - end for end in reversed(middle([d.floor for d in draws]))],
        "measured_to": float(used[-1]),
        "check": predict_last(used, values, drawn),
    }


def predict_last(tokens: Numbers, values: Numbers, drawn: Numbers) -> dict[str, Any] | None:
    """The largest size predicted from the others; None where these are fewer than three.

    `inside` says whether what was measured lies in the 95% band that is plotted there.
    """
    if len(tokens) - 1 < FEWEST:
        return None
    curve, draws = _fit(tokens[:-1], values[:, :-1], drawn[:, :-1])
    at = float(tokens[-1])
    low, high = _band(draws, at)
    seen = float(values[:, -1].mean())
    return {
        "tokens": at,
        "predicted": 1 - curve.error(at),
        "low": low,
        "high": high,
        "observed": seen,
        "inside": bool(low <= seen <= high),
    }


def _drawn_errors(values: Numbers, seed: int) -> Numbers:
    """Mean errors by size of so many resamples of the questions (draws x sizes)."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), DRAWS)
    return np.asarray(1 - counts @ values / len(values))


def _fit(tokens: Numbers, values: Numbers, drawn: Numbers) -> tuple[Curve, list[Curve]]:
    questions = len(values)
    seen = readable(1 - values.mean(axis=0), questions)
    draws = readable(drawn, questions)
    errors = np.maximum(np.log(draws).std(axis=0), 1e-3)
    (curve,) = fit_curves(tokens, seen[None, :], errors)
    return curve, fit_curves(tokens, draws, errors)


def _band(draws: Sequence[Curve], tokens: float) -> Interval:
    return middle([1 - curve.error(tokens) for curve in draws])


def _at(curve: Curve, draws: Sequence[Curve], tokens: float) -> dict[str, float]:
    low, high = _band(draws, tokens)
    return {"tokens": tokens, "score": 1 - curve.error(tokens), "low": low, "high": high}
