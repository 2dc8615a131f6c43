"""Turning matplotlib figures into inline SVG that takes its colours and type from the page.

A figure is drawn in marked colours, which are then replaced by the page's CSS variables: so one
drawing serves light and dark mode. Sizes are in CSS pixels.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

INK, FAINT, LINE, PAPER, HUMAN = "#010101", "#010102", "#010103", "#010104", "#010105"
SERIES = tuple(f"#0102{number:02x}" for number in range(1, 7))
_VARIABLES = {
    INK: "--ink",
    FAINT: "--faint",
    LINE: "--line",
    PAPER: "--paper",
    HUMAN: "--human",
} | {color: f"--series-{number}" for number, color in enumerate(SERIES)}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and selected
    "text.parse_math": False,
    "font.family": "sans-serif",
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "axes.edgecolor": LINE,
    "axes.formatter.useoffset": False,  # a tick is the value, not what is above a number elsewhere
}
_LEFT_OUT = re.compile(
    r"<metadata>.*?</metadata>|<style.*?</style>"
    r'| id="(?:figure|axes|patch|text|line2d|xtick|ytick|matplotlib)[\w.]*"',
    re.DOTALL,
)


@contextmanager
def figure(width: int, height: int) -> Iterator[Figure]:
    """A figure of so many pixels, in the style of the page."""
    size = {"font.size": 13 if width > 500 else 12}
    with mpl.rc_context(_STYLE | size):
        yield Figure(figsize=(width / 72, height / 72), facecolor="none")


def bare_axes(drawn: Figure, left: int, right: int, top: int, bottom: int) -> Axes:
    """Axes with margins in pixels and no frame."""
    width, height = (float(72 * inches) for inches in drawn.get_size_inches())
    box = (
        left / width,
        bottom / height,
        1 - (left + right) / width,
        1 - (top + bottom) / height,
    )
    axes = drawn.add_axes(box)
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=12, pad=6)
    axes.set_axisbelow(True)
    return axes


def share_axis(axes: Axes, height: int, form: str) -> None:
    """Shares from left to right, marked by quarters; downwards, pixels from the top."""
    axes.set(xlim=(0, 1), ylim=(height, 0))
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format(value, form)))
    axes.yaxis.set_major_locator(NullLocator())
    axes.grid(axis="x", color=LINE, linewidth=1)


def keep_inside(axes: Axes) -> None:
    """The outermost tick labels start and end at the axes, so that none is cut off."""
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")


def to_svg(drawn: Figure, title: str, css_class: str) -> Markup:
    """The figure as an `<svg>` element titled for screen readers; no date, no outside links."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context({"svg.hashsalt": f"{title} {css_class}"}):  # ids differ from plot to plot
        drawn.savefig(buffer, format="svg", metadata=nothing)
    _, _, body = buffer.getvalue().partition("<svg")
    body = _LEFT_OUT.sub("", body[body.index(">") + 1 :])
    for color, variable in _VARIABLES.items():
        body = body.replace(color, f"var({variable})")
    width, height = (round(72 * float(inches)) for inches in drawn.get_size_inches())
    opening = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="0 0 {0} {1}" class="plot {2}" role="img" style="max-width:{0}px">'
        "<title>{3}</title>"
    ).format(width, height, css_class, title)
    return opening + Markup(body)
