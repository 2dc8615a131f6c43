"""The plot of diversity: each figure before and after the filters."""

from typing import Any

from markupsafe import Markup

from tutelage.report.diversity_section import WORDS
from tutelage.report.svg import INK, SERIES, bare_axes, figure, keep_inside, share_axis, to_svg

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
        share_axis(axes, _ROW * len(shown), "g")
        for number, line in enumerate(shown):
            y = _ROW * number + 26
            label, better = WORDS[line["metric"]]
            arrow = {"up": " ↑", "down": " ↓"}.get(better, "")
            axes.annotate(label + arrow, (0, y - 14), (0, 0), textcoords="offset points", color=INK)
            points = [(line["before"], SERIES[0]), (line["after"], SERIES[1])]
            axes.plot([p for p, _ in points], [y, y], color=SERIES[0], alpha=0.4, linewidth=3)
            for value, color in points:
                axes.plot([value], [y], "o", color=color, markersize=8, clip_on=False)
        keep_inside(axes)
        return to_svg(drawn, "Diversity before and after the filters", css_class)


def _is_share(line: dict[str, Any]) -> bool:
    return all(line[when] is not None and 0 <= line[when] <= 1 for when in ("before", "after"))
