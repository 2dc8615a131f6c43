"""report.html: one self-contained file, made from the report's data alone. All text is escaped."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from tutelage.report.diversity_plot import diversity_plot
from tutelage.report.diversity_section import filter_table, metric_table
from tutelage.report.format import day
from tutelage.report.labels_words import labels_lines
from tutelage.report.plots import NARROW, WIDE, cost_plot, curve_plot, leaves_left_out, outcome_plot
from tutelage.report.row_browser import browser
from tutelage.report.scaling_plot import scaling_plot
from tutelage.report.serving_section import serving_words
from tutelage.report.tables import (
    baselines,
    by_stage,
    cut_answers,
    energy_words,
    facts,
    measured,
    pairs,
    prices_words,
    reused_words,
    splits,
    tiles,
)
from tutelage.report.templates import HERE, templates
from tutelage.report.test_time_plot import accuracy_by_tokens

_SIZES = {"wide": WIDE, "narrow": NARROW}


def page(report: dict[str, Any]) -> str:
    """The page as HTML text."""
    return (
        templates(autoescape=True)
        .get_template("page.html.j2")
        .render(
            report=report,
            css=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            started=day(report["run"].get("started")),
            models=list(dict.fromkeys(line["model"] for line in report["outcome"])),
            leaves_left_out=leaves_left_out(report["outcome"]),
            measured=measured(report),
            tiles=tiles(report),
            pairs=pairs(report),
            cut=cut_answers(report),
            baselines=baselines(report),
            splits=splits(report),
            prices=prices_words(report),
            reused=reused_words(report),
            energy=energy_words(report),
            stages=by_stage(report),
            labels=labels_lines(report),
            serving=serving_words(report["serving"]),
            browser=browser(report),
            diversity=[_diversity(stage) for stage in report["diversity"]],
            facts=facts(report),
            plots=_plots(report),
        )
    )


def _plots(report: dict[str, Any]) -> dict[str, Any]:
    costs = {name: cost_plot(report["cost"], width) for name, width in _SIZES.items()}
    outcomes = {}
    if report["outcome"]:
        outcomes = {name: outcome_plot(report["outcome"], width) for name, width in _SIZES.items()}
    return {
        "outcome": outcomes,
        "cost": costs if costs["wide"] is not None else None,
        "scaling": [
            {name: scaling_plot(found, width, name) for name, width in _SIZES.items()}
            for found in report["scaling"]
        ],
        "test_time": [
            {name: accuracy_by_tokens(study, width, name) for name, width in _SIZES.items()}
            for study in (report["test_time"] or {}).get("models", [])
        ],
        "training": [plot for stage in report["training"] for plot in _training(stage)],
    }


def _diversity(stage: dict[str, Any]) -> dict[str, Any]:
    drawn = {name: diversity_plot(stage["lines"], width, name) for name, width in _SIZES.items()}
    metrics, rows = metric_table(stage["lines"])
    plot = drawn if drawn["wide"] is not None else None
    filters = filter_table(stage["lines"])
    return stage | {"plot": plot, "metrics": metrics, "rows": rows, "filters": filters}


def _training(stage: dict[str, Any]) -> list[dict[str, Any]]:
    plots = []
    for group in stage["plots"]:
        names = _expanded(group, stage["curves"])
        curves = {name: stage["curves"][name] for name in names}
        if curves:
            plot = {"stage": stage["stage"], "names": [*names.values()]}
            plots.append(plot | {"svg": curve_plot(curves, 400)})
    return plots


def _expanded(group: dict[str, str], logged: Iterable[str]) -> dict[str, str]:
    """The curves of a plot that were logged, with their labels.

    A name with a `*` stands for all that fit it; in its label `*` is what the star stood for.
    """
    found = {}
    for name, label in group.items():
        before, star, after = name.partition("*")
        fitting = [one for one in logged if one.startswith(before) and one.endswith(after)]
        for one in fitting if star else [name] * (name in logged):
            found[one] = label.replace("*", one[len(before) : len(one) - len(after)])
    return found
