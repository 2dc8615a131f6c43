"""What people decided, as the page and Markdown say it."""

from typing import Any

from tutelage.report.format import between, percent

_DECISIONS = {
    "accept": "accepted",
    "reject": "rejected",
    "edit": "edited",
    "left": "left preferred",
    "right": "right preferred",
    "tie": "no preference",
}


def labels_lines(report: dict[str, Any]) -> dict[str, Any]:
    """`words`, `filters` as cells of a table, and `pairs`; empty where nobody decided anything."""
    found = report["labels"]
    if not found:
        return {}
    return {
        "words": _words(found),
        "filters": [_cells(line) for line in found["filters"]],
        "pairs": _pairs(found["pairs"]),
    }


def _words(found: dict[str, Any]) -> str:
    counts = [f"{n:,} {_DECISIONS[name]}" for name, n in found["decisions"].items()]
    people = "1 person" if found["raters"] == 1 else f"{found['raters']} people"
    whole = sum(found["decisions"].values())
    head = f"{whole:,} decisions of {people} on this run: {', '.join(counts)}."
    if found["blind"] and not found["filters"]:
        return f"{head} The rows have changed since, so filters cannot be measured on them."
    return head


def _cells(line: dict[str, Any]) -> dict[str, Any]:
    shown = {name: _share(line[name]) for name in ("precision", "recall")}
    kappa = "–" if line["kappa"] is None else f"{round(line['kappa'], 2) + 0.0:.2f}"
    return line | shown | {"kappa": kappa}


def _share(found: dict[str, float] | None) -> str:
    if found is None:
        return "–"
    return f"{percent(found['share'])} ({between(found['low'], found['high'])})"


def _pairs(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    ties = f", {found['ties']} without preference" if found["ties"] else ""
    alike = _share(found["alike"])
    return (
        f"Preference pairs compared blindly: {found['n']}{ties}. Of the others people prefer what "
        f"the run chose in {alike}."
    )
