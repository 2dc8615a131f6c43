"""Stages whose rows follow from their inputs and fields alone: files that are read, mixes."""

from dataclasses import replace
from pathlib import Path

from tutelage.core.load_rows import load_rows
from tutelage.planning.row_estimates import RowEstimate, known_rows, pooled
from tutelage.planning.stage_forecast import PlannedStage, StageForecast
from tutelage.stages.mix import Mix
from tutelage.stages.read import Read


def reading(stage: Read, planned: PlannedStage) -> StageForecast:
    """The rows of the file."""
    return StageForecast(known_rows(load_rows(Path(stage.file))))


def mixing(stage: Mix, planned: PlannedStage) -> StageForecast:
    """Each part by its weight, no leaf above its cap, and what is replayed."""
    weights = stage.weights or [1.0] * len(planned.rows["rows"])
    parts = [
        replace(part, rows={leaf: count * weight for leaf, count in part.rows.items()})
        for part, weight in zip(planned.rows["rows"], weights, strict=False)
    ]
    if earlier := planned.the_rows("earlier"):
        parts.append(_replayed(stage, pooled(parts), earlier))
    mixed = pooled(parts)
    cap = float("inf") if stage.per_leaf is None else stage.per_leaf
    rows = {leaf: count.at_most(cap) for leaf, count in mixed.rows.items()}
    return StageForecast(replace(mixed, rows=rows))


def _replayed(stage: Mix, new: RowEstimate, earlier: RowEstimate) -> RowEstimate:
    """The share of `earlier` that is drawn for so many new rows."""
    wanted = new.count.expected * stage.replay / (1 - stage.replay)
    share = min(1.0, wanted / max(1.0, earlier.count.expected))
    return replace(earlier, rows={leaf: n * share for leaf, n in earlier.rows.items()})
