"""The reward model of recipes/rlhf.yaml: pairs held back, and the best of several answers by it."""

from pathlib import Path
from typing import Any

from tutelage.training.training_log import LOG, lines_from

from benchmarks.recipe_run import Measured

UNTIL = "best_of"
"""The stage of the recipe that ends what is measured here."""
_LEAST = 0.7


def reward_table(place: Path, run: Measured) -> tuple[list[str], list[str]]:
    """Lines of the report, and what misses its target."""
    log = lines_from(place / "reward" / LOG, 0)[0]
    found: dict[str, Any] = next(line["reward_model"] for line in log if "reward_model" in line)
    (study,) = run.report["test_time"]["models"]
    gain = next(
        one
        for one in study["gains"]
        if (one["name"], one["samples"], one["against"]) == ("reward", 8, "one answer")
    )
    lines = [
        f"Right on {found['accuracy']:.0%} of {found['pairs']} pairs held back (95%: "
        f"{found['low']:.0%}\u2013{found['high']:.0%}); the longer answer is right in "
        f"{found['longer_wins']:.0%}.",
        "",
        *(f"- {leaf}: {share:.0%} of {n}" for leaf, (share, n) in found["by_leaf"].items()),
        "",
        f"On {study['questions']} held-out prompts of both tasks, answers drawn at temperature 1:",
        "",
        "| chosen | answers | right | 95% |",
        "|---|--:|--:|---|",
    ]
    for line in study["lines"]:
        if line["name"] in ("reward", "oracle"):
            name = "by the reward model" if line["name"] == "reward" else "any right (bound)"
            low, high = line["low"], line["high"]
            lines.append(
                f"| {name} | {line['samples']} | {line['score']:.1%} | {low:.1%}\u2013{high:.1%} |"
            )
    change = f"{100 * gain['difference']:+.1f} points ({100 * gain['low']:+.1f} to "
    change += f"{100 * gain['high']:+.1f})"
    lines += ["", f"The best of 8 by it against one drawn at random: {change}."]
    lines += [f"- {fall['words']}" for fall in study["overuse"] if fall["name"] == "reward"]
    missed = []
    if any(share < _LEAST for share, _ in found["by_leaf"].values()):
        missed.append(f"the reward model is right on less than {_LEAST:.0%} of a leaf's pairs")
    if gain["low"] <= 0:
        missed.append(f"best of 8 by the reward model is not beyond noise: {change}")
    return lines, missed
