"""A run's folder as a report reads it: the run's facts, each finished stage's manifest and rows."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tutelage.accounting.ledger import Usage
from tutelage.core.artifacts import STATS, Row, Scores, read_rows
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest
from tutelage.core.row_places import Group, Places, has_values, places_by_group, rows_at
from tutelage.core.row_shards import shard_files
from tutelage.core.store import MANIFEST
from tutelage.provenance.dedupe_calls import charge_once
from tutelage.provenance.row_memory import RowMemory

T = TypeVar("T")
Table = list[dict[str, Any]]
"""Rows of a table in a report: plain mappings."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`facts` is run.json; `manifests` those of the finished stages, in the recipe's order."""

    path: Path
    facts: dict[str, Any]
    manifests: dict[str, dict[str, Any]]
    reused: dict[str, Usage] = field(default_factory=dict)
    """By stage, what it took of answers that an earlier one is charged with; not in `manifests`."""
    _rows: dict[Path, list[Row]] = field(default_factory=dict)
    _memory: RowMemory = field(default_factory=RowMemory)
    _scores: dict[str, Scores] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "RunFolder":
        """Read a run's folder; raises InputError where there is no run."""
        try:
            facts = json.loads((path / "run.json").read_text(encoding="utf-8"))
        except OSError as exc:
            hint = nearest(path.name, (file.parent.name for file in path.parent.glob("*/run.json")))
            raise InputError(f"{path}: no run.json there; give the folder of a run{hint}") from exc
        names = [stage["name"] for stage in facts.get("stages", [])]
        folders = {name: path / name for name in names}
        files = {name: folder / MANIFEST for name, folder in folders.items()}
        read = {n: json.loads(f.read_text("utf-8")) for n, f in files.items() if f.exists()}
        memory = RowMemory.of(path, read)
        charged = memory.get("charged", lambda: charge_once(folders, read))
        for name, ledger in charged["ledgers"].items():
            read[name]["ledger"] = ledger
        reused = {name: Usage.from_json(use) for name, use in charged["reused"].items()}
        return cls(path, facts, read, reused, _memory=memory)

    def made(self, stage: str) -> dict[str, Any]:
        """The manifest of a finished stage; raises InputError with the nearest name."""
        if stage not in self.manifests:
            raise InputError(
                f"{self.path}: no finished stage '{stage}'{nearest(stage, self.manifests)}"
            )
        return self.manifests[stage]

    def of_kind(self, kind: str) -> list[str]:
        """Names of the finished stages that made `rows`, a `checkpoint` or `scores`."""
        return [name for name, made in self.manifests.items() if made["kind"] == kind]

    def trained(self) -> list[str]:
        """The checkpoints that rows were learnt into; imported or random weights are none."""
        rows = set(self.of_kind("rows"))
        return [name for name in self.of_kind("checkpoint") if rows & set(self.sources(name))]

    def lineage(self, checkpoint: str) -> list[str]:
        """The checkpoints and models that a checkpoint descends from, the nearest first."""
        found: list[str] = []
        inputs = self.manifests.get(checkpoint, {}).get("inputs", {}).values()
        for source in (source for given in inputs for source in given):
            name = source.get("model") or source.get("stage", "")
            if "model" in source or name in self.of_kind("checkpoint"):
                found += [name, *self.lineage(name)]
        return found

    def sources(self, stage: str, but: str = "") -> list[str]:
        """The stages that a stage took its inputs from, `but` for the input of that name."""
        inputs = self.manifests.get(stage, {}).get("inputs", {})
        given = [source for name, each in inputs.items() if name != but for source in each]
        return [source["stage"] for source in given if "stage" in source]

    def ancestors(self, stage: str, but: str = "") -> set[str]:
        """All stages upstream of a stage, without itself; `but` names an input not to follow."""
        found: set[str] = set()
        waiting = self.sources(stage, but)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.sources(name, but)
        return found

    def rows(self, stage: str, name: str = "kept") -> list[Row]:
        """The `kept` or `rejected` rows of a stage; none where it has no such file."""
        place = self.path / stage / name
        if place not in self._rows:
            files = shard_files(self.path / stage, name)
            self._rows[place] = [row for file in files for row in read_rows(file)]
        return self._rows[place]

    def files(self, stage: str, state: str = "kept") -> list[Path]:
        """The shards of a stage's `kept` or `rejected` rows; none where it has no such rows."""
        return shard_files(self.path / stage, state)

    def rows_at(self, stage: str, state: str, places: Sequence[int]) -> list[Row]:
        """The rows of a stage at some places among its `kept` or `rejected` ones."""
        return rows_at(self.files(stage, state), places)

    def places(self, stage: str, state: str) -> dict[Group, Places]:
        """Where the rows of each leaf and reason stand; see `core.row_places`."""
        return places_by_group(self.files(stage, state))

    def has_values(self, stage: str, column: str) -> bool:
        """Whether any row that a stage kept has something in a column."""
        return has_values(self.files(stage), column)

    def kept_by_leaf(self, stages: Iterable[str]) -> Counter[str]:
        """How many rows of each leaf some stages kept."""
        found: Counter[str] = Counter()
        for stage in stages:
            funnel = self.manifests.get(stage, {}).get("funnel", {})
            found.update({leaf: line["kept"] for leaf, line in funnel.items() if line["kept"]})
        return found

    def remember(self, name: str, find: Callable[[], T]) -> T:
        """What was found in the rows before, of these very stages; else it is found and kept.

        Only for JSON values that follow from the stages' results and nothing else.
        """
        return self._memory.get(name, find)

    def stats(self, stage: str) -> dict[str, Any]:
        """What else a stage measured, by name; nothing where it has no stats.json."""
        file = self.path / stage / STATS
        return json.loads(file.read_text("utf-8")) if file.exists() else {}

    def evaluations(self) -> list[str]:
        """The evaluations that have finished, the one that a report covers last.

        Scores without a table are of no model of the run, but of a study such as scaling. One model
        alone whose test time is studied is compared with nothing: such a study comes first.
        """
        found = [name for name in self.of_kind("scores") if self.scores_of(name).table]
        return sorted(found, key=lambda name: not self._studies_one(name))

    def _studies_one(self, name: str) -> bool:
        return len(self.scores_of(name).stats.get("test_time", ())) == 1

    def scores(self) -> tuple[dict[str, Any], Scores]:
        """The manifest and scores of the last evaluation; empty where none has finished."""
        for name in reversed(self.evaluations()):
            return self.manifests[name], self.scores_of(name)
        return {"inputs": {}}, Scores([])

    def scores_of(self, stage: str) -> Scores:
        """The scores of one evaluation."""
        if stage not in self._scores:
            self._scores[stage] = Scores.load(self.path / stage)
        return self._scores[stage]
