"""A comparison of runs as the terminal and a pull request show it."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tutelage.report import format as wording
from tutelage.report.templates import templates

_COSTS = {kind: f"one {one}" for kind, one in wording.ONE.items()} | {
    "usd": "whole run",
    "usd_spent_now": "spent by the last invocation",
}
Rows = list[list[str]]


def terminal(found: dict[str, Any]) -> RenderableType:
    """The comparison as tables, one column per run."""
    parts: list[RenderableType] = [Text("The first run is what the others are compared with.")]
    for title, head, rows in _tables(found):
        parts += [Text(), Text(title, style="bold")]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for number, name in enumerate(head):
            table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        parts.append(table)
    return Group(*parts)


def markdown(found: dict[str, Any]) -> str:
    """The comparison as Markdown tables."""
    template = templates(autoescape=False).get_template("compare.md.j2")
    return template.render(tables=_tables(found)).strip() + "\n"


def _tables(found: dict[str, Any]) -> list[tuple[str, list[str], Rows]]:
    """Title, column heads and rows of every part that has any."""
    names = [run["name"] for run in found["runs"]]
    parts = [
        ("What differs", ["", *names], _differences(found)),
        ("Scores", ["leaf", *_models(found)], _scores(found)),
        (
            "Paired on the same questions",
            ["run", "leaf", "n", "change, points (95%)", "right / wrong", "verdict"],
            _paired(found),
        ),
        ("Questions that only one of two runs has, left out above", ["run", "n"], _left_out(found)),
        ("Cost", ["", *names], _costs(found)),
        ("Rows kept", ["stage", *names], _funnel(found)),
    ]
    return [part for part in parts if part[2]]


def _models(found: dict[str, Any]) -> list[str]:
    return [f"{run['name']}: {run['model'] or 'nothing scored'}" for run in found["runs"]]


def _differences(found: dict[str, Any]) -> Rows:
    return [[line["what"], *line["values"]] for line in found["differs"]]


def _scores(found: dict[str, Any]) -> Rows:
    def cell(line: dict[str, Any] | None) -> str:
        if line is None:
            return "–"
        return f"{wording.percent(line['score'])} ({wording.between(line['low'], line['high'])})"

    return [
        [wording.leaf_name(line["leaf"]), *map(cell, line["scores"])] for line in found["outcome"]
    ]


def _paired(found: dict[str, Any]) -> Rows:
    return [
        [
            line["run"],
            wording.leaf_name(line["leaf"]),
            str(line["n"]),
            f"{wording.signed(line['difference'])} "
            f"({wording.signed(line['low'])} to {wording.signed(line['high'])})",
            f"{line['better']} / {line['worse']}",
            f"{line['words']}, {wording.probability(line['p'])}",
        ]
        for line in found["paired"]
    ]


def _left_out(found: dict[str, Any]) -> Rows:
    counts = {line["run"]: line["not_shared"] for line in found["paired"]}
    return [[run, f"{count:,}"] for run, count in counts.items() if count]


def _costs(found: dict[str, Any]) -> Rows:
    def cell(usd: float | None, count: int | None) -> str:
        if count == 0:
            return "–"
        return wording.usd(usd) + (f" ({count:,} of them)" if count else "")

    return [
        [
            _COSTS.get(line["what"], line["what"]),
            *map(cell, line["usd"], line["n"] or [None] * len(line["usd"])),
        ]
        for line in found["cost"]
    ]


def _funnel(found: dict[str, Any]) -> Rows:
    def cell(rows: dict[str, int] | None) -> str:
        return f"{rows['kept']:,} of {rows['rows_in']:,}" if rows else "–"

    return [[line["stage"], *map(cell, line["rows"])] for line in found["funnel"]]
