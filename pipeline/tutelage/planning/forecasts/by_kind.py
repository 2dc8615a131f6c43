"""Forecasts from what a stage takes and makes, and from what was measured of it.

A stage needs nothing of its own for this: a user's stage is forecast too,  from the first pilot or
run on. What cannot be known is None, never 0.
"""

from collections import Counter

from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.planning.estimates import Estimate
from tutelage.planning.forecasts.row_by_row import Assumed, row_by_row
from tutelage.planning.forecasts.training import training
from tutelage.planning.measurements import Measurements
from tutelage.planning.row_estimates import RowEstimate, mean_length, row_inputs
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.training.training_stage import TrainingStage

_ANY_SHARE = Estimate(0.0, 0.8, 1.0)
_AROUND_ONE = Estimate(0.0, 1.0, 4.0)
"""Requests about a row that nobody has seen yet."""


def by_kind(planned: PlannedStage) -> StageForecast | None:
    """What a stage will do, by its kind; None where nothing is known of it."""
    stage, makes = planned.stage, planned.stage.returns()
    if isinstance(stage, TrainingStage):
        return training(stage, planned)
    if makes is Checkpoint and not planned.models:
        return StageForecast()
    if makes is Rows and row_inputs(stage):
        return row_by_row(planned, Assumed(_ANY_SHARE, requests=_AROUND_ONE))
    return as_measured(planned)


def as_measured(planned: PlannedStage) -> StageForecast | None:
    """What a stage that works on no rows did, as often as it would had a pilot let it."""
    seen = planned.seen
    if not seen.funnel and not seen.uses:
        return None
    factors = _factors(seen)
    requests = tuple(
        RequestEstimate(model, leaf, _scaled(uses.requests, uses.asked, factors.get(leaf)), limit)
        for (model, leaf, limit), uses in seen.uses.items()
    )
    makes = _rows(seen, factors) if planned.stage.returns() is Rows else None
    return StageForecast(makes, requests)


def _factors(seen: Measurements) -> dict[str, float]:
    """By leaf: how much more than in the pilot there is to do in a run; 1 after a whole run."""
    asked, answered = Counter[str](), Counter[str]()
    for (_, leaf, _), uses in seen.uses.items():
        asked[leaf] += uses.asked
        answered[leaf] += uses.requests
    found = {leaf: asked[leaf] / count for leaf, count in answered.items() if count}
    return found | {leaf: all_ / some for leaf, (all_, some) in seen.sampled.items() if some}


def _scaled(measured: int, asked: int, factor: float | None) -> Estimate:
    return Estimate.exactly(asked if factor is None else max(measured * factor, asked))


def _rows(seen: Measurements, factors: dict[str, float]) -> RowEstimate:
    """The rows of a run; a leaf that a pilot left out is taken to be like the others."""
    asked = Counter[str]()
    for (_, leaf, _), uses in seen.uses.items():
        asked[leaf] += uses.asked
    tried = {leaf: tries * factors.get(leaf, 1.0) for leaf, (_, tries) in seen.funnel.items()}
    per_request = sum(tried.values()) / max(1, sum(asked[leaf] for leaf in tried))
    tried |= {leaf: n * per_request for leaf, n in asked.items() if leaf not in tried}
    lengths = dict(seen.lengths)
    if lengths:
        mean = mean_length((length, 1.0) for length in lengths.values())
        lengths = {leaf: lengths.get(leaf, mean) for leaf in tried}
    rows = {leaf: seen.kept(leaf, _ANY_SHARE) * tries for leaf, tries in tried.items()}
    return RowEstimate(rows if lengths else {}, lengths)
