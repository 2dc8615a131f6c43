"""Would more data help: the scaling stage's statement, with the cost of those samples."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent, usd, usd_reach
from tutelage.report.size_words import export_words, size_words


def scaling(run: RunFolder, cost: dict[str, Any]) -> Table:
    """One entry per finished scaling stage: its figures, `usd`, `people` and `words`."""
    evaluated = run.scores()[0].get("fields", {}).get("metric")
    found = []
    for stage in run.of_kind("scores"):
        figures = run.stats(stage).get("scaling")
        if figures:
            entry = {"stage": stage} | figures | _priced(figures, cost)
            entry["words"] += _other_metric(figures.get("metric"), evaluated)
            if figures.get("sizes"):
                entry["size_words"] = size_words(figures["sizes"])
            entry["export_words"] = export_words(figures.get("exports") or [])
            found.append(entry)
    return found


def _other_metric(here: str | None, evaluated: str | None) -> str:
    """Why the page's error rates differ, where the evaluation has another metric."""
    if here is None or evaluated in (None, here):
        return ""
    return f" An answer is wrong here by the metric {here}, in the evaluation by {evaluated}."


def _priced(figures: dict[str, Any], cost: dict[str, Any]) -> dict[str, Any]:
    """The cost of as many rows again: at this run's own cost, and at people's prices."""
    more = max(point["rows"] for point in figures["points"])
    ours = [line["usd"] for line in cost["per_accepted"] if line["kind"] == "demonstration"]
    each = ours[0] if ours else None
    people = [
        {
            "label": line["label"],
            "usd_low": more * line["usd_low"],
            "usd_high": more * line["usd_high"],
            "source": line["source"],
            "year": line["year"],
        }
        for line in cost["baselines"]
        if line["kind"] == "demonstration"
    ]
    total = None if each is None else more * each
    return {
        "more_rows": more,
        "usd": total,
        "people": people,
        "words": _words(figures, more, total, people),
    }


def _words(
    figures: dict[str, Any], more: int, total: float | None, people: list[dict[str, Any]]
) -> str:
    if not figures["carries"]:
        return f"The effect of doubling the {more:,} rows cannot be predicted: {figures['why']}."
    seen = max(figures["points"], key=lambda point: point["rows"])["error"]
    then = figures["doubling"]
    now = then["error"] + then["gain"]
    reach = f"{100 * then['gain_low']:.0f} to {100 * then['gain_high']:.0f} points less"
    words = (
        f"Doubling the {more:,} rows would reduce wrong answers from {percent(now)} on the curve "
        f"({percent(seen)} measured) to about {percent(then['error'])} "
        f"(95% band {percent(then['low'])} to {percent(then['high'])}; {reach})."
    )
    prices = [] if total is None else [f"{usd(total)} at this run's own cost"]
    if people:
        prices.append(f"{usd_reach(people)} at published prices of people's work")
    return f"{words} {more:,} more rows cost {', '.join(prices)}." if prices else words
