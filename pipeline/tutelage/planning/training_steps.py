"""How fast the optimiser steps of a training were, as its log tells."""

import itertools
import statistics
from dataclasses import dataclass
from pathlib import Path

from tutelage.training.training_log import lines_from


@dataclass(frozen=True, slots=True)
class TimedSteps:
    """How fast optimiser steps were."""

    start_seconds: float
    """All that is no step: starting, loading, saving."""
    seconds_per_token: float
    source: str


def read_steps(
    log: Path, seconds: float, source: str, tokens: float | None = None
) -> TimedSteps | None:
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
    return TimedSteps(start, rate * counted / (tokens * len(steps)) if tokens else rate, source)
