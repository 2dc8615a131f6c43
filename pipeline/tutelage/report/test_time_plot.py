"""The test-time plot: accuracy by tokens a question, by strategy, with bands and fitted laws."""

from typing import Any

from markupsafe import Markup
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tutelage.evaluation.test_time.strategies import ORACLE, WEIGHTED
from tutelage.report.svg import FAINT, LINE, SERIES, bare_axes, figure, to_svg

_HEIGHT, _ENTRY = 320, 19
_MOST = len(SERIES)
"""Strategies with a colour: each chooser's own first, then what is combined of them."""


def accuracy_by_tokens(study: dict[str, Any], width: int, css_class: str) -> Markup:
    """Accuracy over tokens on a log axis; the bound dashed, compute-optimal dash-dotted.

    The law of a strategy is dotted in its colour, with its band, as far as was measured.
    """
    names = shown_strategies(study)
    laws = {law["name"]: law for law in study["laws"]}
    entries = len(names) + 2 + any(name in laws for name in names)
    with figure(width, _HEIGHT + _ENTRY * entries) as drawn:
        axes = bare_axes(drawn, 46, 16, 12 + _ENTRY * entries, 44)
        lines = study["lines"]
        tokens = [line["tokens"] for line in lines if line["tokens"] > 0]
        axes.set(xscale="log", xlim=(min(tokens) * 0.9, max(tokens) * 1.15))
        axes.xaxis.set_major_locator(FixedLocator(_marks(tokens)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("tokens generated for a question", color=FAINT)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.grid(axis="y", color=LINE, linewidth=1)
        _plot(axes, _of(lines, ORACLE), FAINT, "--", "any of them right (bound)", band=False)
        if study["difficulty"]:
            curve = study["difficulty"]["curve"]
            _plot(axes, curve, FAINT, "-.", "compute-optimal by difficulty", band=False)
        for name, color in zip(names, SERIES, strict=False):
            _plot(axes, _of(lines, name), color, "-", name, band=True)
            if name in laws:
                _plot_law(axes, laws[name], color)
        if any(name in laws for name in names):
            axes.plot([], [], ":", color=FAINT, linewidth=2, label="fitted law, 95% band")
        axes.set_ylim(bottom=0, top=min(1.0, axes.get_ylim()[1]))
        legend = axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False, borderaxespad=0.2
        )
        legend.set_in_layout(False)
        return to_svg(drawn, f"Accuracy of {study['model']} by tokens", css_class)


def shown_strategies(study: dict[str, Any]) -> list[str]:
    """The strategies that are drawn, in the order of the study."""
    lines = [line for line in study["lines"] if line["strategy"] != ORACLE]
    plain = {
        line["name"]: (line["revise"], line["strategy"].startswith(WEIGHTED)) for line in lines
    }
    drawn = sorted(plain, key=plain.__getitem__)[:_MOST]
    return [name for name in plain if name in drawn]


def _of(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return sorted((line for line in lines if line["name"] == name), key=lambda one: one["tokens"])


def _plot(
    axes: Any, lines: list[dict[str, Any]], color: str, style: str, label: str, *, band: bool
) -> None:
    tokens = [line["tokens"] for line in lines]
    axes.plot(
        tokens,
        [line["score"] for line in lines],
        style,
        color=color,
        linewidth=2,
        marker="o" if band else None,
        markersize=4,
        label=label,
    )
    if band:
        low, high = ([line[end] for line in lines] for end in ("low", "high"))
        axes.fill_between(tokens, low, high, color=color, alpha=0.12, linewidth=0)


def _plot_law(axes: Any, law: dict[str, Any], color: str) -> None:
    """The fitted curve with its band, up to the most tokens that were measured."""
    bands = [one for one in law["bands"] if one["tokens"] <= law["measured_to"] * (1 + 1e-9)]
    tokens = [one["tokens"] for one in bands]
    axes.plot(tokens, [one["score"] for one in bands], ":", color=color, linewidth=2)
    for end in ("low", "high"):
        axes.plot(tokens, [one[end] for one in bands], ":", color=color, linewidth=1, alpha=0.7)


def _marks(tokens: list[float]) -> list[float]:
    """Round numbers within the axis: 1, 2 and 5 of each power of ten."""
    steps = [factor * 10.0**power for power in range(7) for factor in (1, 2, 5)]
    return [step for step in steps if min(tokens) * 0.9 <= step <= max(tokens) * 1.15]
