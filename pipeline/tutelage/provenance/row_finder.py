"""Rows of a run by their ids, read where they stand: no stage is read whole."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.artifacts import Row
from tutelage.core.row_places import places_of, rows_at
from tutelage.core.row_shards import shard_files
from tutelage.provenance.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class RowState:
    """A row as one stage left it; `state` is `kept` or `rejected`."""

    stage: str
    state: str
    row: Row


class RowFinder:
    """Finds rows with the forms that each stage of a run left them in, in the order of stages."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._forms: dict[str, list[RowState]] = {}

    def forms(self, name: str) -> list[RowState]:
        """The forms of a row, the first stage's first; none where the run has no such row."""
        self.find([name])
        return self._forms[name]

    def find(self, names: Iterable[str]) -> None:
        """Look up some rows together, which is one pass over the ids of each stage."""
        wanted = {name for name in names if name not in self._forms}
        if not wanted:
            return
        self._forms |= {name: [] for name in wanted}
        for stage in self._run.of_kind("rows"):
            for state in ("kept", "rejected"):
                for name, row in self._in_files(stage, state, wanted):
                    self._forms[name].append(RowState(stage, state, row))

    def find_origins(self, names: Iterable[str], generations: int) -> None:
        """Look up some rows, their parents, the parents of these, and so on."""
        waiting = set(names)
        for _ in range(generations):
            self.find(waiting)
            rows = (form.row for name in waiting for form in self._forms[name])
            waiting = {parent for row in rows for parent in row.get("parents") or []}
            waiting -= self._forms.keys()
            if not waiting:
                return

    def _in_files(
        self, stage: str, state: str, wanted: Collection[str]
    ) -> Iterator[tuple[str, Row]]:
        files = shard_files(self._run.path / stage, state)
        places = places_of(files, wanted)
        yield from zip(places, rows_at(files, list(places.values())), strict=True)
