"""Rows for a reader to browse, kept and rejected, each with its history."""

from collections import defaultdict
from typing import Any

from tutelage.core.artifacts import Row, reason_of
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.excerpt import cut, evenly, excerpt

_KEPT, _REJECTED = 120, 80
"""Rows shown at most."""
_PER_GROUP = 2
"""Rows of each leaf and reason, before so many groups are thinned out."""
_DEPTH = 12

Index = dict[str, tuple[str, Row]]


def samples(run: RunFolder, learnt: list[str]) -> Table:
    """Rows with `status` (`kept`, or the reason in short), `reason` and `history`.

    Kept rows of the stages `learnt`, evenly by leaf; rejected ones of every stage, evenly by leaf
    and reason. `history` is every row, model call and verdict that led to the row, itself first.
    """
    index = _index(run)
    kept: dict[Any, Table] = defaultdict(list)
    for stage in learnt:
        for row in run.rows(stage):
            kept[stage, row["leaf"]].append({"stage": stage, "row": row, "status": "kept"})
    dropped: dict[Any, Table] = defaultdict(list)
    for stage in run.of_kind("rows"):
        for row in run.rows(stage, "rejected"):
            status = reason_of(row)
            entry = {"stage": stage, "row": row, "status": status}
            dropped[stage, row["leaf"], status].append(entry)
    chosen = [*_some(kept, _KEPT), *_some(dropped, _REJECTED)]
    return [_sample(entry["row"], entry["stage"], entry["status"], index) for entry in chosen]


def row_facts(run: RunFolder, name: str) -> dict[str, Any]:
    """A row by its id, with `status` and `history` as in `samples`; raises InputError."""
    index = _index(run)
    if name not in index:
        raise InputError(f"{run.path}: no stage and no row '{name}'{nearest(name, run.manifests)}")
    stage, row = index[name]
    return _sample(row, stage, reason_of(row) if row.get("reason") else "kept", index)


def _some(groups: dict[Any, Table], most: int) -> Table:
    share = max(_PER_GROUP, most // max(1, len(groups)))
    return evenly([row for rows in groups.values() for row in evenly(rows, share)], most)


def _sample(row: Row, stage: str, status: str, index: Index) -> dict[str, Any]:
    told = {"status": status, "reason": cut(row["reason"]) if row.get("reason") else None}
    return excerpt(row, stage) | told | {"history": _history(row, stage, index)}


def _index(run: RunFolder) -> Index:
    """The first stage that made each row; a later stage that passes it on adds nothing."""
    index: Index = {}
    for stage in run.of_kind("rows"):
        for row in [*run.rows(stage), *run.rows(stage, "rejected")]:
            index.setdefault(row["id"], (stage, row))
    return index


def _history(row: Row, stage: str, index: Index) -> Table:
    """From the row back to what it came from; `sources` are seeds and passages."""
    steps: Table = []
    waiting, seen = [(stage, row)], {row["id"]}
    while waiting and len(steps) < _DEPTH:
        made_by, current = waiting.pop(0)
        parents = current.get("parents") or []
        sources = [parent for parent in parents if parent not in index]
        step = {"trace": current.get("trace") or {}, "sources": sources}
        steps.append(excerpt(current, made_by) | step)
        for parent in parents:
            if parent in index and parent not in seen:
                seen.add(parent)
                waiting.append(index[parent])
    return steps
