"""When the loop ends: a gain is beyond doubt, the last round gained nothing, or nothing is left.

Every round is examined with the same questions. To look again and again and stop at the first
success finds one by chance sooner or later; so each look's p-value is multiplied by the number of
rounds that were allowed (Bonferroni), which holds however the looks depend on each other.
"""

from collections.abc import Sequence
from typing import Any, Literal

from tutelage.evaluation.statistics.paired import LEVEL
from tutelage.runtime.improvement.round_result import Round, gain

Until = Literal["gains_end", "significant"]


def looks(rounds: Sequence[Round], allowed: int) -> list[dict[str, Any]]:
    """By round: its gain over the base and over the round before, with p-values for all looks."""
    base = rounds[0].base_answers
    found = []
    for place, one in enumerate(rounds):
        earlier = rounds[place - 1].answers if place else base
        found.append(
            {
                "over_base": _corrected(gain(base, one.answers), allowed),
                "over_last": _corrected(gain(earlier, one.answers), allowed),
            }
        )
    return found


def why_stop(rounds: Sequence[Round], allowed: int, until: Until) -> str | None:
    """Why no further round is worth it; None where one is."""
    last = looks(rounds, allowed)[-1]
    over_base = last["over_base"]
    if until == "significant" and over_base["difference"] > 0 and over_base["p_looks"] < LEVEL:
        return f"the gain over the base is beyond chance (p = {over_base['p_looks']:.2g})"
    if last["over_last"]["difference"] <= 0:
        return f"round {rounds[-1].number} gained nothing over what it began with"
    if rounds[-1].scores["*"].score >= 1:
        return "every held-out question is answered right"
    if len(rounds) == allowed:
        return f"all {allowed} rounds are done"
    return None


def best_round(rounds: Sequence[Round]) -> Round:
    """The round with the best score; of equals the first."""
    return max(rounds, key=lambda one: one.scores["*"].score)


def _corrected(line: dict[str, Any], allowed: int) -> dict[str, Any]:
    p = min(1.0, line["p"] * allowed)
    beyond = p < LEVEL
    direction = "better" if line["difference"] > 0 else "worse"
    words = f"{direction} beyond noise" if beyond else "within noise"
    return line | {"p_looks": p, "beyond_noise": beyond, "words": words}
