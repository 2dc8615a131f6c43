"""What a fitted curve says: what doubling the data would buy, and whether it may say so."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from tutelage.evaluation.statistics.scaling_law import Forecast, Point, forecast, readable

WIDEST = 0.15
"""The widest band of the error after doubling that may be acted on: about what one evaluation on
150 questions leaves open by itself."""
_PLOTTED = 40


def statement(points: Sequence[Point], questions: int, seed: int = 0) -> dict[str, Any]:
    """The curve through the points, its check by prediction, and the gain from doubling, as data.

    `carries` says whether the curve can carry the statement; `why` in words. With fewer than three
    sizes there is no curve: `doubling` is None.
    """
    ordered = sorted(points, key=lambda point: point.rows)
    found: dict[str, Any] = {
        "points": [{"rows": p.rows, "error": p.error, "errors": list(p.errors)} for p in ordered],
        "questions": questions,
        "curve": None,
        "bands": [],
        "check": predict_largest(ordered, questions, seed),
        "doubling": None,
    }
    if len({point.rows for point in ordered}) >= 3:
        fitted = forecast(ordered, questions, seed)
        found |= {
            "curve": asdict(fitted.curve),
            "bands": _bands(fitted, ordered[0].rows, 2 * ordered[-1].rows),
            "doubling": _doubling(fitted, ordered[-1].rows),
        }
    why = _why_not(found)
    return found | {"carries": why is None, "why": why or _WHY}


def predict_largest(
    points: Sequence[Point], questions: int, seed: int = 0
) -> dict[str, Any] | None:
    """The largest size predicted from the others: its 95% band, what was seen, whether inside.

    None where fewer than three sizes are left to fit.
    """
    *rest, largest = sorted(points, key=lambda point: point.rows)
    if len({point.rows for point in rest}) < 3:
        return None
    fitted = forecast(rest, questions, seed)
    low, high = fitted.band_of_runs(largest.rows, len(largest.errors))
    least, seen, most = readable([low, largest.error, high], questions)
    return {
        "rows": largest.rows,
        "predicted": fitted.curve.error(largest.rows),
        "low": low,
        "high": high,
        "observed": largest.error,
        "inside": bool(least <= seen <= most),
    }


def _bands(fitted: Forecast, least: int, most: int) -> list[dict[str, float]]:
    lines = []
    for rows in np.geomspace(least, most, _PLOTTED):
        low, high = fitted.band(float(rows))
        error = fitted.curve.error(float(rows))
        lines.append({"rows": float(rows), "error": error, "low": low, "high": high})
    return lines


def _doubling(fitted: Forecast, rows: int) -> dict[str, Any]:
    low, high = fitted.band(2 * rows)
    gain, (least, most) = fitted.gain(rows, 2 * rows)
    return {
        "rows": 2 * rows,
        "error": fitted.curve.error(2 * rows),
        "low": low,
        "high": high,
        "gain": gain,
        "gain_low": least,
        "gain_high": most,
    }


_WHY = "fitted without the largest size, the curve predicted it"


def _why_not(found: dict[str, Any]) -> str | None:
    if found["doubling"] is None:
        return "a curve needs at least three sizes"
    check, then = found["check"], found["doubling"]
    if check is None:
        return "with fewer than four sizes there is none left to test the curve"
    if not check["inside"]:
        predicted = f"{check['low']:.0%} to {check['high']:.0%} wrong"
        seen = f"{check['observed']:.0%} was measured"
        return f"fitted without the largest size, the curve missed it: {predicted}, but {seen}"
    if then["high"] - then["low"] > WIDEST:
        return f"its band is too wide there: {then['low']:.0%} to {then['high']:.0%} wrong"
    return None
