"""How numbers and names read in a report."""

import math
from datetime import UTC, datetime
from typing import Any

from tutelage.evaluation.cases import PREFIX

KINDS = {
    "demonstration": "Demonstrations",
    "preference": "Preference pairs",
    "label": "Judged labels",
}
"""Kinds of samples."""
ONE = {
    "demonstration": "accepted demonstration",
    "preference": "preference pair",
    "label": "judged label",
}
"""One sample of a kind."""
PURPOSES = KINDS | {
    "other": "Rows that were not trained on",
    "training": "Training",
    "evaluation": "Evaluation",
    "unfinished": "Stages that are not finished",
}
"""What a stage is for."""


def percent(share: float) -> str:
    """A share as a whole percentage; what is not quite none or all never rounds to it."""
    value = 100 * share
    near_an_end = 0 < value < 1 or 99 < value < 100
    return f"{value:.1f}%" if near_an_end else f"{value:.0f}%"


def between(low: float, high: float) -> str:
    """An interval of shares in percent."""
    return f"{100 * low:.0f}–{100 * high:.0f}"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    said = signed(difference)
    return f"{said} point{'' if said[1:] == '1' else 's'}"


def signed(difference: float) -> str:
    """The same without the word: +12, or +0.4 where it is small."""
    value = 100 * difference
    sign = "+" if value > 0 else "\u2212" if value < 0 else "\u00b1"
    return f"{sign}{abs(value):.0f}" if abs(value) >= 1 or value == 0 else f"{sign}{abs(value):.1f}"


def probability(p: float) -> str:
    """A p-value."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def usd(amount: float | None, providers: float | None = None) -> str:
    """An amount: to the cent, small ones to two significant digits.

    Of one that is unknown, `providers` is what they charge of it, where that is known.
    """
    if amount is None:
        return f"providers {usd(providers)}, machine unknown" if providers else "unknown"
    if amount == 0:
        return "$0"
    if amount >= 1 and amount == int(amount):
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:,.2f}"
    digits = 1 - math.floor(math.log10(amount))
    return f"${amount:.{digits}f}".rstrip("0")


def usd_range(low: float, high: float) -> str:
    """A price, or a range of prices."""
    return usd(low) if low == high else f"{usd(low)} to {usd(high)}"


def usd_reach(lines: list[dict[str, Any]]) -> str:
    """From the lowest of some prices to the highest."""
    low, high = min(line["usd_low"] for line in lines), max(line["usd_high"] for line in lines)
    return usd_range(low, high)


_APART = {
    "given": "read from files",
    "replayed": "replayed from an earlier phase",
    "repeated": "copies",
}


def apart(sample: dict[str, Any]) -> str:
    """The rows that this run did not pay for: `2 read from files`; empty without such rows."""
    return ", ".join(f"{sample[kind]:,} {words}" for kind, words in _APART.items() if sample[kind])


def duration(seconds: float) -> str:
    """Seconds in the two largest fitting units."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def day(seconds: float | None) -> str:
    """The day of a moment, in seconds since 1970; empty where it is unknown."""
    return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y}" if seconds else ""


def leaf_name(path: str) -> str:
    """A leaf without the root folder it stands under; `*` stands for all held-out examples."""
    if path.startswith(PREFIX):
        return f"{path.removeprefix(PREFIX)} (benchmark)"
    return "All questions" if path == "*" else path.partition("/")[2] or path
