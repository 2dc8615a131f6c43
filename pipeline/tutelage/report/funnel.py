"""What was kept and what was dropped, by stage, leaf and reason."""

from collections import defaultdict

from tutelage.core.row_places import Places
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.excerpt import cut, excerpt

_PER_REASON = 3


def funnel(run: RunFolder) -> Table:
    """One line per rows stage and leaf: rows in, kept, rejected by reason."""
    return [
        {
            "stage": stage,
            "leaf": leaf,
            "rows_in": counts["rows_in"],
            "kept": counts["kept"],
            "rejected": dict(sorted(counts["rejected"].items(), key=lambda item: -item[1])),
        }
        for stage in run.of_kind("rows")
        for leaf, counts in run.manifests[stage].get("funnel", {}).items()
    ]


def rejected_examples(run: RunFolder) -> Table:
    """By stage and reason: how many rows, and a few of them from different leaves."""
    table = []
    for stage in run.of_kind("rows"):
        by_reason: dict[str, list[Places]] = defaultdict(list)
        for (_, reason), places in run.places(stage, "rejected").items():
            by_reason[reason].append(places)
        for reason, parts in sorted(by_reason.items(), key=lambda item: -sum(map(len, item[1]))):
            rows = run.rows_at(stage, "rejected", _spread(parts))
            few = [excerpt(row, stage) | {"reason": cut(row["reason"])} for row in rows]
            count = sum(map(len, parts))
            table.append({"stage": stage, "reason": reason, "n": count, "rows": few})
    return table


def _spread(leaves: list[Places]) -> list[int]:
    """The places of a few rows, of different leaves as far as there are any."""
    first = sorted(int(places[0]) for places in leaves)
    others = sorted(int(place) for places in leaves for place in places[1 : _PER_REASON + 1])
    return [*first, *others][:_PER_REASON]
