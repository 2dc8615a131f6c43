"""Rows for a reader to browse, kept and rejected, each with its history."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tutelage.core.artifacts import Row, reason_of
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest
from tutelage.core.row_places import Places
from tutelage.provenance.row_finder import RowFinder
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.excerpt import cut, evenly, excerpt

_KEPT, _REJECTED = 120, 80
"""Rows shown at most."""
_PER_GROUP = 2
"""Rows of each leaf and reason, before so many groups are thinned out."""
_DEPTH = 12

_Place = tuple[str, str, str, int]
"""Stage, `kept` or `rejected`, status as shown, and the row's place among those."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of a stage that have a leaf and a status in common."""

    stage: str
    state: str
    status: str
    places: Places

    def evenly(self, count: int) -> list[_Place]:
        """At most `count` of them, evenly spaced."""
        numbers = evenly(range(len(self.places)), count)
        return [(self.stage, self.state, self.status, int(self.places[n])) for n in numbers]


def samples(run: RunFolder, learnt: list[str]) -> Table:
    """Rows with `status` (`kept`, or the reason in short), `reason` and `history`.

    Kept rows of the stages `learnt`, evenly by leaf; rejected ones of every stage, evenly by leaf
    and reason. `history` is every row, model call and verdict that led to the row, itself first.
    """
    kept = [part for stage in learnt for part in _groups(run, stage, "kept")]
    dropped = [part for stage in run.of_kind("rows") for part in _groups(run, stage, "rejected")]
    chosen = [*_some(kept, _KEPT), *_some(dropped, _REJECTED)]
    entries = _read(run, chosen)
    finder = RowFinder(run)
    parents = (parent for row, _, _ in entries for parent in row.get("parents") or [])
    finder.find_origins(parents, _DEPTH)
    return [_sample(row, stage, status, finder) for row, stage, status in entries]


def row_facts(run: RunFolder, name: str) -> dict[str, Any]:
    """A row by its id, with `status` and `history` as in `samples`; raises InputError."""
    finder = RowFinder(run)
    finder.find_origins([name], _DEPTH)
    if not (forms := finder.forms(name)):
        raise InputError(f"{run.path}: no stage and no row '{name}'{nearest(name, run.manifests)}")
    row = forms[0].row
    return _sample(row, forms[0].stage, reason_of(row) if row.get("reason") else "kept", finder)


def _groups(run: RunFolder, stage: str, state: str) -> list[_Group]:
    """The places of a stage's rows, those of one leaf and reason together."""
    found = run.places(stage, state).items()
    return [_Group(stage, state, reason or "kept", places) for (_, reason), places in found]


def _read(run: RunFolder, chosen: list[_Place]) -> list[tuple[Row, str, str]]:
    """The rows at some places with their stage and status, in the same order."""
    wanted: dict[tuple[str, str], list[int]] = defaultdict(list)
    for stage, state, _, place in chosen:
        wanted[stage, state].append(place)
    rows = {part: iter(run.rows_at(*part, places)) for part, places in wanted.items()}
    return [(next(rows[stage, state]), stage, status) for stage, state, status, _ in chosen]


def _some(groups: list[_Group], most: int) -> list[_Place]:
    share = max(_PER_GROUP, most // max(1, len(groups)))
    return evenly([place for group in groups for place in group.evenly(share)], most)


def _sample(row: Row, stage: str, status: str, finder: RowFinder) -> dict[str, Any]:
    told = {"status": status, "reason": cut(row["reason"]) if row.get("reason") else None}
    return excerpt(row, stage) | told | {"history": _history(row, stage, finder)}


def _history(row: Row, stage: str, finder: RowFinder) -> Table:
    """From the row back to what it came from; `sources` are seeds and passages."""
    steps: Table = []
    waiting, seen = [(stage, row)], {row["id"]}
    while waiting and len(steps) < _DEPTH:
        made_by, current = waiting.pop(0)
        parents = current.get("parents") or []
        sources = [parent for parent in parents if not finder.forms(parent)]
        step = {"trace": current.get("trace") or {}, "sources": sources}
        steps.append(excerpt(current, made_by) | step)
        for parent in parents:
            if parent not in seen and (forms := finder.forms(parent)):
                seen.add(parent)
                waiting.append((forms[0].stage, forms[0].row))
    return steps
