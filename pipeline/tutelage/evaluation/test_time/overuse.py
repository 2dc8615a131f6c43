"""Over-optimisation: accuracy that falls while more answers are chosen from, said in words.

A chooser that is wrong somewhere finds more of what it is wrong about the more answers it sees:
its own score of what it takes rises, and what that is worth falls (Gao et al. 2022,
arXiv:2210.10760).
"""

from collections.abc import Sequence
from typing import Any

from tutelage.evaluation.statistics.intervals import difference_interval
from tutelage.evaluation.test_time.strategies import ORACLE, Line

CERTAIN, HINTED = "falls", "may fall"
_EQUAL = 1e-9
"""Means of equal accuracy differ by rounding."""


def overuse(lines: Sequence[Line], leaves: Sequence[str]) -> list[dict[str, Any]]:
    """By strategy whose accuracy at the most answers is below its best: by how much, and `words`.

    `verdict` is `falls` where the paired 95% interval of the fall leaves out 0, else `may fall`.
    The best number of answers is picked among several, which makes a fall look larger than it is:
    the interval is that of the fall from one answer where that is a fall too, else from the best.
    """
    found = []
    for name in dict.fromkeys(line.name for line in lines if line.strategy != ORACLE):
        mine = [line for line in lines if line.name == name]
        last = mine[-1]
        best = max(mine, key=lambda line: float(line.values.mean()))
        if last.samples == mine[0].samples:  # it draws steps anew, and chooses among no answers
            continue
        if best.values.mean() <= last.values.mean() + _EQUAL:
            continue
        first = mine[0] if mine[0].values.mean() > last.values.mean() else best
        found.append(_fall(first, last, best, leaves))
    return found


def _fall(first: Line, last: Line, best: Line, leaves: Sequence[str]) -> dict[str, Any]:
    change = last.values - first.values
    groups = [change[[one == leaf for one in leaves]].tolist() for leaf in dict.fromkeys(leaves)]
    low, high = difference_interval(groups)
    fall = {
        "name": last.name,
        "from_samples": first.samples,
        "best_samples": best.samples,
        "to_samples": last.samples,
        "difference": float(change.mean()),
        "low": low,
        "high": high,
        "verdict": CERTAIN if high < 0 else HINTED,
        "proxy_rises": _rises(first, last),
    }
    return fall | {"words": _words(fall)}


def _rises(first: Line, last: Line) -> bool | None:
    if first.chosen_score is None or last.chosen_score is None:
        return None
    return last.chosen_score > first.chosen_score


def _words(fall: dict[str, Any]) -> str:
    points = f"{100 * fall['difference']:+.1f} points"
    reach = f"95%: {100 * fall['low']:+.1f} to {100 * fall['high']:+.1f}"
    said = (
        f"{fall['name']}: from {fall['from_samples']} to {fall['to_samples']} answers accuracy "
        f"changes by {points} ({reach})"
    )
    if fall["verdict"] == HINTED:
        rises = " while its own score of what it takes rises" if fall["proxy_rises"] else ""
        return f"{said}{rises}; a fall within noise. Its best is at {fall['best_samples']} answers."
    rises = "its own score of what it takes rises, " if fall["proxy_rises"] else ""
    best = fall["best_samples"]
    most = f"take no more than {best} answers by it" if best > 1 else "do not choose by it"
    return f"{said}: {rises}the answers taken get worse. The chooser is over-optimised; {most}."
