"""The scaling plot: errors by size, the fitted curve with its band, and the prediction check."""

from typing import Any

from markupsafe import Markup
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tutelage.report.svg import FAINT, INK, LINE, PAPER, SERIES, bare_axes, figure, to_svg

_HEIGHT = 300
_CURVE, _CHECK = SERIES[1], SERIES[2]


def scaling_plot(found: dict[str, Any], width: int, css_class: str) -> Markup:
    """Wrong answers in percent over rows (log axis), up to twice the rows that there are."""
    with figure(width, _HEIGHT) as drawn:
        axes = bare_axes(drawn, 46, 16, 12, 34)
        sizes = [point["rows"] for point in found["points"]]
        axes.set(xscale="log", xlim=(sizes[0] * 0.9, sizes[-1] * 2.2))
        axes.xaxis.set_major_locator(FixedLocator([*sizes, 2 * sizes[-1]]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.grid(axis="y", color=LINE, linewidth=1)
        if found["bands"]:
            _curve(axes, found["bands"], sizes[-1])
        for point in found["points"]:
            rows, errors = [point["rows"]] * len(point["errors"]), point["errors"]
            axes.plot(rows, errors, "o", color=FAINT, markersize=4, alpha=0.6)
            axes.plot(rows[:1], [point["error"]], "o", color=INK, ms=8, markeredgecolor=PAPER)
        if check := found["check"]:
            place = [0.94 * check["rows"]] * 2
            axes.plot(place, [check["low"], check["high"]], color=_CHECK, linewidth=4, alpha=0.7)
        axes.set_ylim(bottom=0)
        return to_svg(drawn, "Wrong answers by number of training rows", css_class)


def _curve(axes: Any, bands: list[dict[str, float]], largest: int) -> None:
    rows = [line["rows"] for line in bands]
    low, high = ([line[name] for line in bands] for name in ("low", "high"))
    axes.fill_between(rows, low, high, color=_CURVE, alpha=0.15, linewidth=0)
    seen = [line for line in bands if line["rows"] <= largest * 1.02]
    ahead = bands[len(seen) - 1 :]
    for part, style in ((seen, "-"), (ahead, "--")):
        errors = [line["error"] for line in part]
        axes.plot([line["rows"] for line in part], errors, style, color=_CURVE, linewidth=2)
