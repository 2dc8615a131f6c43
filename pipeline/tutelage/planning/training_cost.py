"""What training takes: time by measured steps, else by operations; memory as it is reckoned."""

import math
from dataclasses import replace

from tutelage.models.model_shape import Shape
from tutelage.planning.estimates import Estimate, plus
from tutelage.planning.model_rates import Rates
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.speed import compute
from tutelage.planning.stage_forecast import TrainingWork
from tutelage.planning.training_steps import TimedSteps
from tutelage.runtime.keys import Keys
from tutelage.training.memory_estimate import fits
from tutelage.training.spread_over import is_spread, processes
from tutelage.training.training_stage import TrainingStage

_START_SECONDS = Estimate(8, 20, 90)
_STARTS = Estimate(0.7, 1.0, 1.5)
_SPREAD = Estimate(0.8, 1.0, 1.3)
_PASS, _ADAPTER_OPERATIONS = 2, 4
"""Per parameter and token: two forward, two for the inputs' gradients, two for the weights'; below
the lowest layer that is trained there are none for gradients."""
_REFERENCE_OPERATIONS = 2
"""DPO's pass of the reference over every token, once."""


def seconds_of_training(
    training: TrainingWork,
    shape: Shape | None,
    device: str,
    steps: TimedSteps | None,
    stage: TrainingStage,
) -> Estimate | None:
    """Seconds from low to high; None where neither a measurement nor the shape is known."""
    tokens = _tokens(training)
    limit = math.inf if stage.seconds is None else stage.seconds
    if steps is not None:
        start = Estimate.exactly(steps.start_seconds) * _STARTS
        return seconds_of_steps(training, steps).at_most(limit) + start
    if shape is None:
        return None
    frozen = float(getattr(stage, "frozen", 0.0))
    operations = _ADAPTER_OPERATIONS if stage.adapter else _PASS * (1 + 2 * (1 - frozen))
    once = _REFERENCE_OPERATIONS / training.epochs if training.pairs else 0.0
    work = tokens * (shape.parameters * (operations + once))
    speed = compute(device)
    taken = Estimate(work.low / speed.high, work.expected / speed.expected, work.high / speed.low)
    return taken.at_most(limit) + _START_SECONDS


def seconds_of_steps(training: TrainingWork, steps: TimedSteps) -> Estimate:
    """Seconds of all steps at the speed that was measured, without any limit."""
    return _tokens(training) * steps.seconds_per_token * _SPREAD


def _tokens(training: TrainingWork) -> Estimate:
    return training.rows * training.tokens * training.epochs


def put_training(
    line: PlanLine,
    stage: TrainingStage,
    work: TrainingWork,
    steps: TimedSteps | None,
    keys: Keys,
    rates: Rates,
) -> None:
    """Time and memory of a training, into its line of the plan."""
    rates.unload()
    shape, device = rates.shape(line.name), rates.free.device
    line.seconds = plus(line.seconds, seconds_of_training(work, shape, device, steps, stage))
    line.warning = stage.worth_saying(round(work.rows.expected))
    line.source = steps.source if steps else "assumed"
    how = keys.recipe.settings.accelerate.model_dump()
    if shape is None or is_spread(how):
        return
    setting = stage.setting(processes(how)).on(device)
    length = round(work.tokens.high / work.answers * 1.5)
    memory = rates.free.for_each(processes(how))
    free = float("inf") if memory is None else memory
    usual = replace(setting, length=max(1, min(length, setting.length)))
    line.verdict = fits(shape, usual, free)
    line.memory = Estimate(line.verdict.peak, line.verdict.peak, fits(shape, setting, free).peak)
