"""What rounding the weights for an export costs: wrong answers after it less those before."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from tutelage.evaluation.statistics.intervals import difference_interval

Errors = Sequence[tuple[float, Mapping[str, float]]]
"""By training: the error of its weights, and by format that of the rounded ones."""


def export_losses(by_size: Mapping[int, Errors]) -> list[dict[str, Any]]:
    """By format and parameters: `before`, `after`, their `difference` and its 95% interval.

    The interval is over trainings, each beside itself.
    """
    formats = dict.fromkeys(
        name for found in by_size.values() for _, after in found for name in after
    )
    return [
        {"format": name, "parameters": parameters} | _loss([(a, b[name]) for a, b in found])
        for name in formats
        for parameters, found in sorted(by_size.items())
    ]


def _loss(pairs: Sequence[tuple[float, float]]) -> dict[str, float]:
    low, high = difference_interval([[after - before for before, after in pairs]])
    before, after = (fmean(side) for side in zip(*pairs, strict=True))
    return {
        "before": before,
        "after": after,
        "difference": after - before,
        "low": low,
        "high": high,
    }
