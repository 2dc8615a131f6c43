"""Finished runs side by side: what differed in them, and whether it made a difference."""

from collections import Counter
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Scores
from tutelage.core.errors import InputError
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.differences import differences
from tutelage.report.outcome import Known, paired
from tutelage.report.report_data import report_of


def compare_runs(folders: list[Path]) -> dict[str, Any]:
    """Each part has one value per run, in the order given; paired differences are to the first.

    `runs`: name and compared model (the last trained one); `differs`: what of the recipes is not
    the same; `outcome`: by leaf; `paired`: on the held-out examples that both answered; `cost`;
    `funnel`. Raises InputError where a folder holds no run or fewer than two are given.
    """
    if len(folders) < 2:
        raise InputError("compare: give two or more runs")
    runs = [RunFolder.load(folder) for folder in folders]
    reports = [report_of(run) for run in runs]
    models = [_model(report) for report in reports]
    names = _names(folders)
    return {
        "runs": [
            {"name": name, "folder": str(folder), "model": model, "verdict": report["verdict"]}
            for name, folder, model, report in zip(names, folders, models, reports, strict=True)
        ],
        "differs": differences(runs),
        "outcome": _outcome(reports, models),
        "paired": [
            line
            for name, run, model in zip(names[1:], runs[1:], models[1:], strict=True)
            for line in _paired(runs[0], models[0], run, model, name)
        ],
        "cost": _cost(reports),
        "funnel": _funnel(reports),
    }


def _names(folders: list[Path]) -> list[str]:
    """The folders' names where they tell the runs apart, else their paths."""
    names = [folder.resolve().name for folder in folders]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]


def _model(report: dict[str, Any]) -> str | None:
    """The model that stands for a run: the last trained one, else the last that was scored."""
    scored = [line["model"] for line in report["outcome"]]
    return report["verdict"].get("after") or (scored[-1] if scored else None)


def _outcome(reports: list[dict[str, Any]], models: list[str | None]) -> Table:
    scores = [
        {line["leaf"]: line for line in report["outcome"] if line["model"] == model}
        for report, model in zip(reports, models, strict=True)
    ]
    leaves = dict.fromkeys(leaf for lines in scores for leaf in lines)
    ordered = sorted(leaves, key=lambda leaf: leaf == "*")
    return [{"leaf": leaf, "scores": [lines.get(leaf) for lines in scores]} for leaf in ordered]


def _paired(
    first: RunFolder, before: str | None, run: RunFolder, after: str | None, name: str
) -> Table:
    """The first run's model against this one's, on the examples that both answered."""
    old, new = _by_question(first.scores()[1], before), _by_question(run.scores()[1], after)
    names = {"run": name, "not_shared": len(old.keys() ^ new.keys())}
    return [names | line for line in paired(old, new)]


def _by_question(scores: Scores, model: str | None) -> Known:
    """A model's scores by leaf and question; a reworded question is another one.

    Of those that are asked more than once each counts, in their order.
    """
    known: Known = {}
    times: Counter[tuple[str, str]] = Counter()
    for row in scores.answers:
        if row["model"] == model and row["score"] is not None:
            key = (row["leaf"], row["question"])
            times[key] += 1
            known[row["leaf"], f"{row['question']} #{times[key]}"] = float(row["score"])
    return known


def _cost(reports: list[dict[str, Any]]) -> Table:
    """What a sample of each kind and the run cost, in USD; null where unknown or not made."""
    costs = [report["cost"] for report in reports]
    each = [{line["kind"]: line for line in cost["per_accepted"]} for cost in costs]
    lines: Table = [
        {"what": kind, "usd": [found.get(kind, {}).get("usd") for found in each]}
        | {"n": [found.get(kind, {}).get("n", 0) for found in each]}
        for kind in dict.fromkeys(kind for found in each for kind in found)
    ]
    for what in ("usd", "usd_spent_now"):
        lines.append({"what": what, "usd": [cost[what] for cost in costs], "n": None})
    return lines


def _funnel(reports: list[dict[str, Any]]) -> Table:
    """Rows in and kept by stage; null where a run has no such stage."""
    counts = []
    for report in reports:
        stages: dict[str, dict[str, int]] = {}
        for line in report["funnel"]:
            stage = stages.setdefault(line["stage"], {"rows_in": 0, "kept": 0})
            stage["rows_in"] += line["rows_in"]
            stage["kept"] += line["kept"]
        counts.append(stages)
    names = dict.fromkeys(name for stages in counts for name in stages)
    return [{"stage": name, "rows": [stages.get(name) for stages in counts]} for name in names]
