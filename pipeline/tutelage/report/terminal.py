"""The report in the terminal: the verdict, scores by leaf and model, what a sample cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tutelage.report.format import ONE, apart, between, leaf_name, percent, usd, usd_range
from tutelage.report.tables import published, score_rows

_STYLES = {"better beyond noise": "bold green", "worse beyond noise": "bold red"}


def summary(report: dict[str, Any]) -> RenderableType:
    """What a run ends with: verdict, outcome table, cost lines."""
    verdict = report["verdict"]
    parts: list[RenderableType] = [
        Text(verdict["headline"], style=_STYLES.get(verdict["result"], "bold")),
        *(Text(f"  {note}", style="dim") for note in verdict["notes"]),
    ]
    if report["outcome"]:
        parts += [Text(), scores(report["outcome"])]
    return Group(*parts, Text(), *_costs(report), *_gaps(report))


def scores(outcome: Sequence[Mapping[str, Any]]) -> Table:
    """One row per leaf, all examples last; one column per model, with 95% intervals."""
    models, rows = score_rows({"outcome": outcome})
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("leaf")
    table.add_column("n", justify="right")
    for model in models:
        table.add_column(Text(model), justify="right")
    for row in rows:
        style = "bold" if row["leaf"] == "*" else ""
        name = Text(leaf_name(row["leaf"]))
        table.add_row(name, str(row["n"]), *map(_score, row["lines"]), style=style)
    return table


def _score(line: dict[str, Any] | None) -> Text:
    if line is None:
        return Text("–", style="dim")
    reach = between(line["low"], line["high"])
    return Text.assemble(f"{percent(line['score']):>4}", (f" {reach:>6}", "dim"))


def _costs(report: dict[str, Any]) -> list[RenderableType]:
    cost = report["cost"]
    lines: list[RenderableType] = []
    for sample in cost["per_accepted"]:
        human = published(cost, sample["kind"])
        prices = ", ".join(usd_range(line["usd_low"], line["usd_high"]) for line in human)
        people = f"  (people charge: {prices})" if prices else ""
        each = f"{usd(sample['usd'], sample['usd_provider'])} each, {sample['n']:,} accepted"
        price = f"{ONE[sample['kind']]}: {each}"
        beside = f", and {found}" if (found := apart(sample)) else ""
        lines.append(Text(f"{price}{beside}{people}"))
    for line in cost["baselines"]:
        if line["n"]:
            reach = usd_range(line["usd_low"], line["usd_high"])
            lines.append(Text(f"{line['label'].lower()}: {reach} ({line['source']})"))
    whole = usd(cost["usd"], cost["usd_provider"])
    now = usd(cost["usd_spent_now"], cost["usd_provider_spent_now"])
    return [*lines, Text(f"whole run: {whole}, of which this invocation spent {now}")]


def _gaps(report: dict[str, Any]) -> list[RenderableType]:
    return [Text(f"missing from this report: {' '.join(report['missing'])}", style="dim")]
