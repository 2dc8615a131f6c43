"""report.html: one self-contained file, made from the report's data alone. All text is escaped."""

from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from pipeline.report.plots import NARROW, WIDE, cost_plot, curve_plot, outcome_plot
from pipeline.report.tables import baselines, by_stage, cut_answers, facts, pairs, tiles
from pipeline.report.templates import HERE, templates

_CURVES = (("loss",), ("logps/chosen", "logps/rejected"), ("rewards/accuracies",))


def page(report: dict[str, Any]) -> str:
    """The page as HTML text."""
    return (
        templates(autoescape=True)
        .get_template("page.html.j2")
        .render(
            report=report,
            css=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            started=_day(report["run"].get("started")),
            models=list(dict.fromkeys(line["model"] for line in report["outcome"])),
            tiles=tiles(report),
            pairs=pairs(report),
            cut=cut_answers(report),
            baselines=baselines(report),
            stages=by_stage(report),
            facts=facts(report),
            plots=_plots(report),
        )
    )


def _plots(report: dict[str, Any]) -> dict[str, Any]:
    sizes = {"wide": WIDE, "narrow": NARROW}
    costs = {name: cost_plot(report["cost"], width) for name, width in sizes.items()}
    outcomes = {}
    if report["outcome"]:
        outcomes = {name: outcome_plot(report["outcome"], width) for name, width in sizes.items()}
    return {
        "outcome": outcomes,
        "cost": costs if costs["wide"] is not None else None,
        "training": [plot for stage in report["training"] for plot in _training(stage)],
    }


def _training(stage: dict[str, Any]) -> list[dict[str, Any]]:
    plots = []
    for group in _CURVES:
        curves = {name: stage["curves"][name] for name in group if name in stage["curves"]}
        if curves:
            svg = curve_plot(curves, 400)
            plots.append({"stage": stage["stage"], "names": list(curves), "svg": svg})
    return plots


def _day(started: float | None) -> str:
    return f"{datetime.fromtimestamp(started, UTC):%d %B %Y}" if started else ""
