"""The report's plots: outcome by leaf, cost beside human prices, training curves."""

import math
from textwrap import shorten
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tutelage.report.format import KINDS, leaf_name, percent, usd, usd_range
from tutelage.report.svg import (
    FAINT,
    HUMAN,
    INK,
    LINE,
    PAPER,
    SERIES,
    bare_axes,
    figure,
    keep_inside,
    share_axis,
    to_svg,
)

WIDE, NARROW = 872, 340
MOST_LEAVES = 24
"""Leaves in a plot; a table holds all."""
_LEAST = 1e-4
"""Where a price from nothing on begins, in USD: a logarithmic axis has no zero."""
_FEW_POINTS = 30
"""So few points of a curve are marked, as those of a validation are."""


def outcome_plot(lines: list[dict[str, Any]], width: int) -> Markup:
    """Scores with 95% intervals, leaf by leaf, all examples first; one colour per model.

    Of very many leaves only the MOST_LEAVES whose scores differ most are drawn.
    """
    models = list(dict.fromkeys(line["model"] for line in lines))
    leaves = _drawn(lines)
    group = 30 + 15 * len(models)
    height = group * len(leaves) + 34
    with figure(width, height) as drawn:
        axes = bare_axes(drawn, 7, 48, 4, 30)
        share_axis(axes, group * len(leaves), ".0%")
        for place, leaf in enumerate(leaves):
            rows = {line["model"]: line for line in lines if line["leaf"] == leaf}
            top = group * place
            weight = "bold" if leaf == "*" else "normal"
            _name(axes, f"{leaf_name(leaf)}", top + 14, weight)
            for number, model in enumerate(m for m in models if m in rows):
                color = SERIES[models.index(model) % len(SERIES)]
                _interval(axes, rows[model], top + 30 + 15 * number, color)
        keep_inside(axes)
        return to_svg(
            drawn,
            "Scores on held-out questions, by leaf and model",
            _size(width),
        )


def leaves_left_out(lines: list[dict[str, Any]]) -> int:
    """How many leaves `outcome_plot` leaves to the table."""
    leaves = {line["leaf"] for line in lines} - {"*"}
    return max(0, len(leaves) - MOST_LEAVES)


def cost_plot(cost: dict[str, Any], width: int) -> Markup | None:
    """USD per accepted sample beside human prices, on a log axis; None where no price is known."""
    rows = _cost_rows(cost, with_year=width == WIDE)
    amounts = [amount for row in rows for amount in row.get("usd", ())]
    if not any(row.get("ours") for row in rows):
        return None
    heights = [38 if "usd" in row else 34 for row in rows]
    total = sum(heights)
    with figure(width, total + 34) as drawn:
        axes = bare_axes(drawn, 7, 8, 4, 30)
        low, high = (
            math.floor(math.log10(min(amounts) / 2)),
            math.ceil(math.log10(max(amounts))),
        )
        axes.set(xscale="log", xlim=(10.0**low, 10.0**high * 1.02), ylim=(total, 0))
        step = math.ceil((high - low) / (6 if width == WIDE else 3))
        axes.xaxis.set_major_locator(FixedLocator([10.0**p for p in range(low, high + 1, step)]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
        axes.yaxis.set_major_locator(NullLocator())
        axes.grid(axis="x", color=LINE, linewidth=1)
        top = 0
        for row, height in zip(rows, heights, strict=True):
            _cost_row(axes, row, top)
            top += height
        keep_inside(axes)
        return to_svg(
            drawn,
            "Cost of one accepted sample beside what people charge one",
            _size(width),
        )


def curve_plot(curves: dict[str, list[list[float]]], width: int) -> Markup:
    """Logged values over training steps, one line each, named at their ends."""
    with figure(width, 210) as drawn:
        axes = bare_axes(drawn, 44, 12, 10, 30)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.grid(axis="y", color=LINE, linewidth=1)
        for number, points in enumerate(curves.values()):
            steps, values = [p[0] for p in points], [p[1] for p in points]
            color = SERIES[(number + 1) % len(SERIES)]
            axes.plot(steps, values, color=color, linewidth=1, alpha=0.3)
            marker = "o" if len(values) <= _FEW_POINTS else ""
            axes.plot(steps, _smooth(values), color=color, linewidth=2, marker=marker, markersize=4)
        return to_svg(drawn, f"{', '.join(curves)} over training steps", "curve")


def _drawn(lines: list[dict[str, Any]]) -> list[str]:
    """The leaves to draw in their order, `*` first."""
    scores: dict[str, list[float]] = {}
    for line in lines:
        scores.setdefault(line["leaf"], []).append(line["score"])
    all_of_them = [leaf for leaf in scores if leaf == "*"]
    leaves = [leaf for leaf in scores if leaf != "*"]
    spread = sorted(leaves, key=lambda leaf: min(scores[leaf]) - max(scores[leaf]))
    chosen = set(spread[:MOST_LEAVES])
    return all_of_them + [leaf for leaf in leaves if leaf in chosen]


def _interval(axes: Axes, line: dict[str, Any], y: float, color: str) -> None:
    axes.plot(
        [line["low"], line["high"]],
        [y, y],
        color=color,
        linewidth=3,
        alpha=0.4,
        solid_capstyle="round",
    )
    axes.plot(
        [line["score"]],
        [y],
        "o",
        color=color,
        markersize=8,
        markeredgecolor=PAPER,
        clip_on=False,
    )
    axes.annotate(
        percent(line["score"]),
        (1, y),
        (44, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=color,
        annotation_clip=False,
    )


def _name(axes: Axes, text: str, y: float, weight: str, color: str = INK) -> None:
    place = ("axes fraction", "data")
    named = axes.annotate(text, (0, y), (-6, 0), xycoords=place, textcoords="offset points")
    named.set(va="center", color=color, weight=weight, annotation_clip=False)
    named.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1})


def _cost_rows(cost: dict[str, Any], *, with_year: bool) -> list[dict[str, Any]]:
    """Headings and lines kind by kind: ours first, then people's from cheap to dear."""
    rows: list[dict[str, Any]] = []
    for kind, heading in KINDS.items():
        made = [s for s in cost["per_accepted"] if s["kind"] == kind]
        ours = [(s, known) for s in made if (known := s["usd"] or s["usd_provider"])]
        human = [line for line in cost["baselines"] if line["kind"] == kind and line["usd_high"]]
        if not ours:
            continue
        rows.append({"heading": heading})
        for sample, known in ours:
            text = f"{usd(sample['usd'], sample['usd_provider'])} · this run"
            rows.append({"text": text, "usd": (known, known), "ours": True})
        for line in sorted(human, key=lambda line: line["usd_low"]):
            text = f"{usd_range(line['usd_low'], line['usd_high'])} · {line['label']}"
            if with_year and line["year"]:
                text += f", {line['year']}"
            low = line["usd_low"] or min(_LEAST, line["usd_high"])
            rows.append({"text": text, "usd": (low, line["usd_high"])})
    return rows


def _cost_row(axes: Axes, row: dict[str, Any], top: float) -> None:
    if "heading" in row:
        _name(axes, row["heading"], top + 20, "bold")
        return
    ours = "ours" in row
    text = shorten(row["text"], 72 if axes.bbox.width > NARROW else 48, placeholder=" …")
    _name(axes, text, top + 10, "bold" if ours else "normal", INK if ours else FAINT)
    color = SERIES[1] if ours else HUMAN
    axes.plot(row["usd"], [top + 27] * 2, color=color, linewidth=8, solid_capstyle="round")


def _tick(value: float) -> str:
    return f"${value:,.0f}" if value >= 1 else f"${value:.{round(-math.log10(value))}f}"


def _smooth(values: list[float]) -> list[float]:
    """A moving average over about a twentieth of the run."""
    reach = len(values) // 40
    spans = (values[max(0, n - reach) : n + reach + 1] for n in range(len(values)))
    return [sum(span) / len(span) for span in spans]


def _size(width: int) -> str:
    return "wide" if width == WIDE else "narrow"
