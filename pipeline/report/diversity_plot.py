"""The plot of diversity: each figure before and after the filters."""

from typing import Any

from markupsafe import Markup
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pipeline.report.diversity import WORDS
from pipeline.report.drawing import INK, LINE, SERIES, bare_axes, figure, to_svg

_ROW = 36


def diversity_plot(lines: list[dict[str, Any]], width: int, css_class: str) -> Markup | None:
    """Figures between 0 and 1 over all leaves, a grey dot before and a coloured one after."""
    shown = [
        line
        for line in lines
        if line["leaf"] == "*" and line["metric"] in WORDS and _is_share(line)
    ]
    if not shown:
        return None
    with figure(width, _ROW * len(shown) + 30) as drawn:
        axes = bare_axes(drawn, 7, 8, 4, 26)
        axes.set(xlim=(0, 1), ylim=(_ROW * len(shown), 0))
        axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_major_locator(NullLocator())
        axes.grid(axis="x", color=LINE, linewidth=1)
        for number, line in enumerate(shown):
            y = _ROW * number + 26
            label, better = WORDS[line["metric"]]
            arrow = {"up": " ↑", "down": " ↓"}.get(better, "")
            axes.annotate(label + arrow, (0, y - 14), (0, 0), textcoords="offset points", color=INK)
            points = [(line["before"], SERIES[0]), (line["after"], SERIES[1])]
            axes.plot([p for p, _ in points], [y, y], color=SERIES[0], alpha=0.4, linewidth=3)
            for value, color in points:
                axes.plot([value], [y], "o", color=color, markersize=8, clip_on=False)
        labels = axes.get_xticklabels()
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")
        return to_svg(drawn, "Diversity before and after the filters", css_class)


def _is_share(line: dict[str, Any]) -> bool:
    return all(line[when] is not None and 0 <= line[when] <= 1 for when in ("before", "after"))
