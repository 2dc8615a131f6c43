"""How long training takes: measured steps carried over, else operations over what is expected."""

import itertools
import statistics
from dataclasses import dataclass
from pathlib import Path

from tutelage.contract.forecast import Estimate, Training
from tutelage.models.model_shape import Shape
from tutelage.planning.speed import compute
from tutelage.training.training_log import lines_from

_START_SECONDS = Estimate(8, 20, 90)
_STARTS = Estimate(0.7, 1.0, 1.5)
_SPREAD = Estimate(0.8, 1.0, 1.3)
_FULL_OPERATIONS, _ADAPTER_OPERATIONS = 6, 4
"""Per parameter and token: two forward, two for the inputs' gradients, two for the weights'."""
_REFERENCE_OPERATIONS = 2
"""DPO's pass of the reference over every token, once."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How fast optimiser steps were."""

    start_seconds: float
    """All that is no step: starting, loading, saving."""
    seconds_per_token: float
    source: str


def read_steps(log: Path, seconds: float, source: str, tokens: float | None = None) -> Steps | None:
    """Steps of a training that took `seconds` in all, from its log; None where it says too little.

    `tokens` are those of a mean step as they are estimated; a token then takes so much longer as
    the log counts more of them. The first step warms up and is left out of the rate.
    """
    steps = [line for line in lines_from(log, 0)[0] if "num_tokens" in line and "time" in line]
    rates = [
        (after["time"] - before["time"]) / (after["num_tokens"] - before["num_tokens"])
        for before, after in itertools.pairwise(steps)
        if after["num_tokens"] > before["num_tokens"]
    ]
    if not rates:
        return None
    rate, counted = statistics.median(rates), steps[-1]["num_tokens"]
    start = max(0.0, seconds - rate * counted)
    return Steps(start, rate * counted / (tokens * len(steps)) if tokens else rate, source)


def seconds_of_training(
    training: Training, shape: Shape | None, device: str, steps: Steps | None, *, adapter: bool
) -> Estimate | None:
    """Seconds from low to high; None where neither a measurement nor the shape is known."""
    tokens = training.rows * training.tokens * training.epochs
    if steps is not None:
        start = Estimate.exactly(steps.start_seconds) * _STARTS
        return tokens * steps.seconds_per_token * _SPREAD + start
    if shape is None:
        return None
    operations = _ADAPTER_OPERATIONS if adapter else _FULL_OPERATIONS
    once = _REFERENCE_OPERATIONS / training.epochs if training.pairs else 0.0
    work = tokens * (shape.parameters * (operations + once))
    speed = compute(device)
    taken = Estimate(work.low / speed.high, work.likely / speed.likely, work.high / speed.low)
    return taken + _START_SECONDS
