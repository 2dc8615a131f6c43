"""What a reward model said of answers, and what completions said of steps: both by stage."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent


def rewarded_section(run: RunFolder) -> Table:
    """By stage `rewarded`: `lines` with each leaf's mean score, rows, and rows kept."""
    table = []
    for stage in run.of_kind("rows"):
        means = run.stats(stage).get("rewarded")
        if means:
            funnel = run.manifests[stage].get("funnel", {})
            lines = [
                {"leaf": leaf, "mean": mean} | _counts(funnel.get(leaf, {}))
                for leaf, mean in sorted(means.items())
            ]
            table.append({"stage": stage, "lines": lines})
    return table


def step_values_section(run: RunFolder) -> Table:
    """By stage `step_pairs`: `lines` with each line's mean value, and `words`."""
    table = []
    for stage in run.of_kind("rows"):
        found = run.stats(stage).get("step_values")
        if found and found["mean_by_line"]:
            means = {int(number): mean for number, mean in found["mean_by_line"].items()}
            lines = [{"line": number, "mean": means[number]} for number in sorted(means)]
            words = _words(found["beginnings"], lines, sum(run.kept_by_leaf([stage]).values()))
            table.append({"stage": stage, "lines": lines, "words": words})
    return table


def _words(beginnings: int, lines: Table, pairs: int) -> str:
    first, last = lines[0], lines[-1]
    return (
        f"{beginnings:,} beginnings of answers were completed or are whole answers, and made "
        f"{pairs:,} pairs. After line {first['line']}, {percent(first['mean'])} of completions end "
        f"right; after line {last['line']}, {percent(last['mean'])}."
    )


def _counts(funnel: dict[str, Any]) -> dict[str, int]:
    kept = funnel.get("kept", 0)
    return {"rows": kept + sum(funnel.get("rejected", {}).values()), "kept": kept}
