"""The plot of a loop: how many held-out questions are right after each round, leaf by leaf."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from tutelage.report.format import leaf_name, percent
from tutelage.report.svg import INK, LINE, SERIES, bare_axes, figure, to_svg

MOST_LEAVES = len(SERIES) - 1
"""Leaves drawn, those that changed most; the table has all."""
_RIGHT = {True: 190, False: 110}


def rounds_plot(found: dict[str, Any], width: int, name: str) -> Markup:
    """Scores from the base (round 0) on, all questions as the thick line; named at the ends."""
    lines = score_lines(found)
    drawn_leaves = ["*", *_most_changed(lines)]
    wide = width > 500
    with figure(width, 300) as drawn:
        axes = bare_axes(drawn, 44, _RIGHT[wide], 12, 30)
        axes.set(ylim=(0, 1.02), xlim=(0, max(1, len(found["rounds"]))))
        axes.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", color=LINE, linewidth=1)
        ends = _apart([lines[leaf][-1] for leaf in drawn_leaves], 0.055)
        for number, (leaf, end) in enumerate(zip(drawn_leaves, ends, strict=True)):
            color = INK if leaf == "*" else SERIES[number]
            thick = 3 if leaf == "*" else 1.5
            axes.plot(lines[leaf], color=color, linewidth=thick, marker="o", clip_on=False)
            axes.annotate(
                leaf_name(leaf) if wide else leaf_name(leaf).rpartition("/")[2],
                (len(found["rounds"]), end),
                (8, 0),
                textcoords="offset points",
                va="center",
                color=color,
                annotation_clip=False,
            )
        return to_svg(drawn, "Share of held-out questions answered right, by round", name)


def score_lines(found: dict[str, Any]) -> dict[str, list[float]]:
    """By leaf, `*` for all: the score of the base, then of each round's model."""
    base = dict(found["base"])
    counts = found["rounds"][0]["scores"] if found["rounds"] else {}
    leaves = [leaf for leaf in base if leaf in counts and not leaf.startswith("benchmark")]
    total = sum(counts[leaf]["n"] for leaf in leaves)
    base["*"] = sum(base[leaf] * counts[leaf]["n"] for leaf in leaves) / total if total else 0.0
    return {
        leaf: [base[leaf], *(one["scores"][leaf]["score"] for one in found["rounds"])]
        for leaf in ["*", *leaves]
        if all(leaf in one["scores"] for one in found["rounds"])
    }


def _most_changed(lines: dict[str, list[float]]) -> list[str]:
    leaves = [leaf for leaf in lines if leaf != "*"]
    return sorted(leaves, key=lambda leaf: min(lines[leaf]) - max(lines[leaf]))[:MOST_LEAVES]


def _apart(places: Sequence[float], least: float) -> list[float]:
    """The places moved so that names at them do not overlap, in the same order."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    found = list(places)
    below = -1.0
    for number in order:
        below = found[number] = max(found[number], below + least)
    over = below - 1.0
    return [place - over if over > 0 else place for place in found]
