"""A larger student or more rows: the law over sizes in words, or why it cannot be said."""

from typing import Any

from tutelage.evaluation.statistics.doubling import WIDEST
from tutelage.report.format import between, percent, points

_NO_SPLIT = (
    "All parts took as many steps, so more rows cost no more training, and there is no budget to "
    "split between size and rows; `equal_steps: false` makes it one."
)


def size_words(found: dict[str, Any]) -> list[str]:
    """The split of a budget, how the law was tested, and what the loss says."""
    law, check = found["law"], found["check"]
    if law is None:
        return ["A law over sizes needs two sizes of student or more, and five cells or more."]
    if check is None or not check["inside"] or check["high"] - check["low"] > WIDEST:
        words = ["How to split a budget between size and rows cannot be said: " + _why(check)]
    else:
        words = [*(_split(one) for one in found["splits"]), _checked(check)]
        if not found["splits"]:
            words.insert(0, _NO_SPLIT)
    if loss := found.get("by_loss"):
        words.append(
            f"Wrong answers go with the loss of the right ones (rank correlation "
            f"{loss['rank_correlation']:.2f}): error = {loss['eps']:.2f} - {loss['k']:.2f} * "
            f"exp(-{loss['gamma']:.2f} * (loss - {loss['least_loss']:.2f})), "
            f"{percent(loss['off'])} off on average."
        )
    return words


def export_words(found: list[dict[str, Any]]) -> list[str]:
    """What each format of an export costs each student."""
    return [
        f"Rounded to {one['format']}, the student of {one['parameters'] / 1e6:,.3g} million "
        f"parameters is wrong in {percent(one['after'])} instead of {percent(one['before'])}: "
        f"{points(one['difference'])} (95%: {100 * one['low']:+.1f} to {100 * one['high']:+.1f})."
        for one in found
    ]


def _split(one: dict[str, float]) -> str:
    budget = "The largest budget tried" if one["times"] == 1 else f"{one['times']:.0f} times it"
    return (
        f"{budget} is best spent on {one['parameters'] / 1e6:,.2g} million parameters and "
        f"{one['rows']:,.0f} rows: {percent(one['error'])} wrong (95% band "
        f"{between(one['low'], one['high'])})."
    )


def _checked(check: dict[str, Any]) -> str:
    return (
        f"Check: fitted without the largest cell, the law predicted "
        f"{between(check['low'], check['high'])}% wrong there; {percent(check['observed'])} was "
        "measured, inside the band."
    )


def _why(check: dict[str, Any] | None) -> str:
    if check is None:
        return "too few cells are left to test the law."
    predicted = between(check["low"], check["high"])
    if check["inside"]:
        return f"the law's band is too wide, {predicted}% wrong at the largest cell."
    return (
        f"fitted without the largest cell, the law predicted {predicted}% wrong there, and "
        f"{percent(check['observed'])} was measured."
    )
