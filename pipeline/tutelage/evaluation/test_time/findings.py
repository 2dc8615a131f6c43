"""What the lines of a model's strategies say: laws, over-optimisation, difficulty, in words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tutelage.evaluation.statistics.intervals import Numbers, difference_interval
from tutelage.evaluation.statistics.token_law import token_law
from tutelage.evaluation.test_time.compute_optimal import by_difficulty
from tutelage.evaluation.test_time.overuse import CERTAIN, overuse
from tutelage.evaluation.test_time.strategies import GREEDY, ORACLE, Line

MAJORITY = "majority"
ONE_GREEDY = "one greedy answer"


def findings(
    lines: Sequence[Line], rates: Numbers, leaves: Sequence[str], seed: int
) -> dict[str, Any]:
    """`lines` as data, and what follows from them."""
    falls = overuse(lines, leaves)
    return {
        "lines": [line.to_json(leaves) for line in lines],
        "gains": gains(lines, leaves),
        "laws": _laws(lines, {one["name"] for one in falls if one["verdict"] == CERTAIN}, seed),
        "overuse": falls,
        "difficulty": by_difficulty(lines, rates, leaves, seed),
    }


def gains(lines: Sequence[Line], leaves: Sequence[str]) -> list[dict[str, Any]]:
    """Of each line but the bound's: against one answer that is drawn, against the greedy one, and
    against the majority of as many.

    Paired by question, with 95% intervals.
    """
    usable = [line for line in lines if line.strategy != ORACLE]
    votes = {line.samples: line for line in usable if line.name == MAJORITY}
    greedy = {line.think_tokens: line for line in usable if line.strategy == GREEDY}
    found = []
    for line in usable[1:]:
        found.append(_against(line, "one answer", usable[0], leaves))
        if (best := greedy.get(line.think_tokens)) is not None and line is not best:
            found.append(_against(line, ONE_GREEDY, best, leaves))
        rival = votes.get(line.samples)
        if rival is not None and rival is not line and line.samples > 1:
            found.append(_against(line, f"{MAJORITY} of {line.samples}", rival, leaves))
    return found


def _against(line: Line, against: str, other: Line, leaves: Sequence[str]) -> dict[str, Any]:
    change = line.values - other.values
    groups = [change[[one == leaf for one in leaves]].tolist() for leaf in dict.fromkeys(leaves)]
    low, high = difference_interval(groups)
    return {
        "name": line.name,
        "samples": line.samples,
        "resample": line.resample,
        "against": against,
        "difference": float(change.mean()),
        "low": low,
        "high": high,
        "beyond_noise": low > 0 or high < 0,
    }


def _laws(lines: Sequence[Line], falling: set[str], seed: int) -> list[dict[str, Any]]:
    """The law of every strategy that has three sizes and does not fall."""
    found = []
    for name in dict.fromkeys(line.name for line in lines):
        mine = [line for line in lines if line.name == name and _informs(line)]
        if name in falling or len({line.tokens for line in mine}) < len(mine):
            continue
        values = np.column_stack([line.values for line in mine]) if mine else np.zeros((0, 0))
        law = token_law([line.tokens for line in mine], values, seed)
        if law is not None:
            found.append({"name": name, "samples": [line.samples for line in mine]} | law)
    return found


def _informs(line: Line) -> bool:
    """A majority of two is one of the two at random: it adds tokens and nothing else."""
    return not (line.strategy == MAJORITY and line.samples == 2)
