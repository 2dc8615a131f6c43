"""The compute-optimal strategy by difficulty (Snell et al. 2024, arXiv:2408.03314, section 3.2).

Questions are put into bins by how often the pool is right, and for each bin and budget of tokens
the best strategy is taken. What is best on half of the questions is measured on the other half, so
that picking the luckiest of many strategies does not count as a gain.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tutelage.evaluation.statistics.intervals import Numbers, score_interval
from tutelage.evaluation.test_time.strategies import ORACLE, Line

OPTIMAL = "compute-optimal"
_MOST_BINS = 5
_FEWEST_QUESTIONS = 20
"""Questions of a bin, at least: half of them choose, half measure."""
_FOLDS = 2
Places = npt.NDArray[np.int64]


def by_difficulty(
    lines: Sequence[Line], rates: Numbers, leaves: Sequence[str], seed: int = 0
) -> dict[str, Any] | None:
    """Bins with their best strategies, and the compute-optimal curve; None for too few questions.

    `rates` are the shares of each question's pool that are right: the difficulty that only an
    examiner knows, so the curve is a bound for who must guess it.
    """
    count = min(_MOST_BINS, len(rates) // _FEWEST_QUESTIONS)
    usable = [line for line in lines if line.strategy != ORACLE]
    if count < 2 or not usable:
        return None
    bins = _bins(rates, count, seed)
    budgets = sorted({round(line.tokens, 6) for line in usable})
    return {
        "bins": [_bin(places, rates, usable) for places in bins],
        "curve": [_optimal(usable, bins, budget, leaves, seed) for budget in budgets],
    }


def _bins(rates: Numbers, count: int, seed: int) -> list[Places]:
    """Questions from the hardest to the easiest, in bins of like size; equal ones are shuffled."""
    order = np.random.default_rng(seed).permutation(len(rates))
    ranked = order[np.argsort(rates[order], kind="stable")]
    return [np.asarray(part, dtype=np.int64) for part in np.array_split(ranked, count)]


def _bin(places: Places, rates: Numbers, lines: Sequence[Line]) -> dict[str, Any]:
    best = max(lines, key=lambda line: (_mean(line, places), -_tokens(line, places)))
    mine = rates[places]
    return {
        "n": len(places),
        "rate_low": float(mine.min()),
        "rate_high": float(mine.max()),
        "one_sample": float(mine.mean()),
        "name": best.name,
        "strategy": best.strategy,
        "samples": best.samples,
        "resample": best.resample,
        "score": _mean(best, places),
        "tokens": _tokens(best, places),
    }


def _optimal(
    lines: Sequence[Line], bins: Sequence[Places], budget: float, leaves: Sequence[str], seed: int
) -> dict[str, Any]:
    """The accuracy at a budget where each bin takes what was best on its other half."""
    values = np.zeros(len(leaves))
    tokens = np.zeros(len(leaves))
    for number, places in enumerate(bins):
        mixed = np.random.default_rng([seed, number]).permutation(places)
        halves = np.array_split(mixed, _FOLDS)
        for at, measured in enumerate(halves):
            best = _best_within(lines, halves[1 - at], budget)
            values[measured] = best.values[measured]
            tokens[measured] = [best.used[place].output_tokens for place in measured]
    groups = [values[[one == leaf for one in leaves]].tolist() for leaf in dict.fromkeys(leaves)]
    low, high = score_interval(groups)
    return {
        "budget": budget,
        "tokens": float(tokens.mean()),
        "score": float(values.mean()),
        "low": low,
        "high": high,
    }


def _best_within(lines: Sequence[Line], places: Places, budget: float) -> Line:
    """The line with the best score on some questions; the cheapest where none is in the budget."""
    within = [line for line in lines if line.tokens <= budget * (1 + 1e-6)]
    if not within:
        return min(lines, key=lambda line: line.tokens)
    return max(within, key=lambda line: (_mean(line, places), -line.tokens))


def _mean(line: Line, places: Places) -> float:
    return float(line.values[places].mean())


def _tokens(line: Line, places: Places) -> float:
    return float(np.mean([line.used[place].output_tokens for place in places]))
