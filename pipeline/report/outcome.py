"""Whether the student got better: scores by leaf, paired comparisons, and the verdict in words."""

from typing import Any

from pipeline.artifacts import Scores
from pipeline.metrics import Comparison, compare, examples_needed
from pipeline.report.folder import RunFolder, Table
from pipeline.report.wording import leaf_name, percent, points, probability, signed

_COLUMNS = ("model", "leaf", "kind", "metric", "n", "score", "low", "high")


def outcome(run: RunFolder) -> Table:
    """One line per model and leaf, the base first; `cut` counts answers that were too long."""
    found = run.scores()
    if found is None:
        return []
    _, scores = found
    return [
        {name: line[name] for name in _COLUMNS} | {"cut": _cut(scores, line)}
        for line in scores.table
    ]


def compared_models(run: RunFolder) -> list[tuple[str, str]]:
    """(before, after): the base and each trained model, then each trained model and its parent."""
    found = run.scores()
    if found is None:
        return []
    given = found[0]["inputs"].get("models", [])
    names = [source.get("stage") or source.get("model") for source in given]
    trained = [source["stage"] for source in given if "stage" in source]
    from_base = [(names[0], name) for name in trained if name != names[0]]
    steps = [(a, b) for b in trained for a in trained if a in run.ancestors(b) and a != names[0]]
    return from_base + steps


def comparisons(run: RunFolder) -> Table:
    """Paired comparisons on the same examples, per leaf and over all (`*`)."""
    found = run.scores()
    if found is None:
        return []
    scores = found[1]
    table = []
    for before, after in compared_models(run):
        leaves = _paired(scores, before, after)
        names = {"before": before, "after": after}
        for leaf, (first, second) in leaves.items():
            table.append(names | {"leaf": leaf} | _result(compare([first], [second])))
        if leaves:
            overall = compare([a for a, _ in leaves.values()], [b for _, b in leaves.values()])
            table.append(names | {"leaf": "*"} | _result(overall))
    return table


def regressed(table: Table) -> Table:
    """Comparisons by leaf where the later model did worse, those beyond noise first."""
    worse = [line for line in table if line["difference"] < 0 and line["leaf"] != "*"]
    return sorted(worse, key=lambda line: (not line["beyond_noise"], line["difference"]))


def verdict(run: RunFolder, lines: Table, compared: Table) -> dict[str, Any]:
    """One sentence on the last trained model against the base, and what must be said beside it."""
    overall = [line for line in compared if line["leaf"] == "*"]
    scores = {(line["model"], line["leaf"]): line for line in lines}
    if not overall:
        return {"result": "unknown", "headline": _no_verdict(lines), "notes": []}
    base = overall[0]["before"]
    main = [line for line in overall if line["before"] == base][-1]
    after, before = scores[main["after"], "*"], scores[base, "*"]
    headline = (
        f"The trained model ({main['after']}) answers {percent(after['score'])} of {after['n']} "
        f"held-out questions right, the base ({base}) {percent(before['score'])}: "
        f"{_against_chance(main)}."
    )
    notes = _notes(main, overall, compared)
    return {
        "result": main["words"],
        "headline": headline,
        "notes": notes,
        "before": base,
        "after": main["after"],
    }


def _no_verdict(lines: Table) -> str:
    if not lines:
        return "No model has been scored yet."
    return "Only models that this run did not train were scored, so there is nothing to compare."


def _notes(main: dict[str, Any], overall: Table, compared: Table) -> list[str]:
    mine = [c for c in compared if (c["before"], c["after"]) == (main["before"], main["after"])]
    worse = regressed(mine)
    notes = [f"Worse on {_change(line)}." for line in worse if line["beyond_noise"]]
    lower = [line for line in worse if not line["beyond_noise"]]
    if lower:
        notes.append(f"Lower but within noise: {'; '.join(_change(line) for line in lower)}.")
    if not worse:
        notes.append(f"No leaf scored lower than {main['before']}.")
    for step in overall:
        if step["before"] != main["before"]:
            reach = f"{signed(step['low'])} to {signed(step['high'])}"
            change = f"{points(step['difference'])} ({reach})"
            notes.append(f"{step['before']} to {step['after']}: {change}, {step['words']}.")
    unclear = [c for c in mine if not c["beyond_noise"] and c["leaf"] != "*" and c["needed"]]
    for line in unclear:
        notes.append(
            f"{leaf_name(line['leaf'])} has {line['n']} examples; to show a difference of "
            f"{points(line['difference'])} it would need about {line['needed']}."
        )
    return notes


def _change(line: dict[str, Any]) -> str:
    return f"{leaf_name(line['leaf'])} ({points(line['difference'])}, {probability(line['p'])})"


def _against_chance(line: dict[str, Any]) -> str:
    if line["beyond_noise"]:
        return f"{line['words']} ({probability(line['p'])})"
    return f"the difference is within noise ({probability(line['p'])})"


def _result(found: Comparison) -> dict[str, Any]:
    direction = "better" if found.difference > 0 else "worse"
    disagreement = (found.better + found.worse) / found.n
    needed = examples_needed(found.difference, disagreement)
    return {
        "n": found.n,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "better": found.better,
        "worse": found.worse,
        "p": found.p,
        "p_exact": found.p_exact,
        "beyond_noise": found.beyond_noise,
        "words": f"{direction} beyond noise" if found.beyond_noise else "within noise",
        "needed": None if found.beyond_noise else needed,
    }


def _paired(scores: Scores, before: str, after: str) -> dict[str, tuple[list[float], list[float]]]:
    """By leaf, the scores of both models on the examples that both answered."""
    by_model: dict[str, dict[tuple[str, str], float]] = {before: {}, after: {}}
    for row in scores.answers:
        if row["model"] in by_model:
            by_model[row["model"]][row["leaf"], row["example"]] = float(row["score"])
    leaves: dict[str, tuple[list[float], list[float]]] = {}
    for (leaf, example), score in by_model[before].items():
        other = by_model[after].get((leaf, example))
        if other is not None:
            first, second = leaves.setdefault(leaf, ([], []))
            first.append(score)
            second.append(other)
    return leaves


def _cut(scores: Scores, line: dict[str, Any]) -> int:
    return sum(
        1
        for row in scores.answers
        if row["model"] == line["model"]
        and line["leaf"] in ("*", row["leaf"])
        and str(row["why"] or "").startswith("cut")
    )
