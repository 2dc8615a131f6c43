"""What was kept and what was dropped, by stage, leaf and reason."""

from collections import defaultdict

from tutelage.core.artifacts import Row, reason_of
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
        reasons: dict[str, list[Row]] = defaultdict(list)
        for row in run.rows(stage, "rejected"):
            reasons[reason_of(row)].append(row)
        for reason, rows in sorted(reasons.items(), key=lambda item: -len(item[1])):
            few = [excerpt(row, stage) | {"reason": cut(row["reason"])} for row in _spread(rows)]
            table.append({"stage": stage, "reason": reason, "n": len(rows), "rows": few})
    return table


def _spread(rows: list[Row]) -> list[Row]:
    """A few rows, of different leaves as far as there are any."""
    by_leaf: dict[str, Row] = {}
    for row in rows:
        by_leaf.setdefault(row["leaf"], row)
    others = [row for row in rows if row is not by_leaf[row["leaf"]]]
    return [*by_leaf.values(), *others][:_PER_REASON]
