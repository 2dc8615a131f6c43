"""report.md: the outcome and the cost as text for a pull request."""

from typing import Any

from pipeline.report import wording
from pipeline.report.page import by_stage, pairs, templates


def markdown(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    accepted = [line | {"human": _human(report, line)} for line in report["cost"]["per_accepted"]]
    shown = report | {"cost": report["cost"] | {"per_accepted": accepted}}
    models = list(dict.fromkeys(line["model"] for line in report["outcome"]))
    text = (
        templates(autoescape=False)
        .get_template("report.md.j2")
        .render(
            report=shown,
            models=models,
            rows=_rows(report, models),
            pairs=pairs(report),
            stages=by_stage(report),
        )
    )
    return text.strip() + "\n"


def _rows(report: dict[str, Any], models: list[str]) -> list[dict[str, Any]]:
    found = {(line["leaf"], line["model"]): line for line in report["outcome"]}
    rows = []
    for leaf in sorted(dict.fromkeys(leaf for leaf, _ in found), key=lambda leaf: leaf == "*"):
        lines = [found.get((leaf, model)) for model in models]
        count = next(line["n"] for line in lines if line)
        rows.append({"leaf": leaf, "n": count, "scores": [_score(line) for line in lines]})
    return rows


def _score(line: dict[str, Any] | None) -> str:
    if line is None:
        return "–"
    reach = f"{100 * line['low']:.0f}–{100 * line['high']:.0f}"
    return f"{wording.percent(line['score'])} ({reach})"


def _human(report: dict[str, Any], sample: dict[str, Any]) -> str:
    lines = [line for line in report["cost"]["baselines"] if line["kind"] == sample["kind"]]
    return "; ".join(
        f"{wording.usd_range(line['usd_low'], line['usd_high'])} ({line['source']})"
        for line in lines
    )
