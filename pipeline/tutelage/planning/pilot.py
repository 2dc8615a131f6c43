"""The pilot: every stage in miniature, with real requests that the real run will not send again.

A stage runs as it is, on the rows that the stages before it made in the pilot, but tries only N
rows, spread evenly over the leaves; whatever else it asks comes back as failed and is left out of
what is measured. A row takes the requests that the stage puts about it: its details, several
answers, a judge; how many these are is part of what is measured. Models are imported for good; what
is trained takes a few steps on rows made of the taxonomy's own examples, to measure its speed, and
is thrown away. Models trained so are not asked anything.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context, Progress
from tutelage.contract.empty_stage import why_empty
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Artifact, Row, Rows
from tutelage.core.error_collector import raise_all
from tutelage.core.errors import TutelageError
from tutelage.core.store import Store
from tutelage.models.model import Model
from tutelage.planning.forecasts.training import tokens_of_a_step
from tutelage.planning.measurements import Measurements
from tutelage.planning.pilot_examples import seed_rows
from tutelage.planning.pilot_results import Measured
from tutelage.planning.pilot_sampling import MADE_HERE, NOT_ASKED, PilotContext, evenly
from tutelage.planning.row_estimates import lengths_of, row_inputs
from tutelage.planning.speed import Caller
from tutelage.planning.training_steps import read_steps
from tutelage.recipe.recipe import Step
from tutelage.runtime.executors.job import Job
from tutelage.runtime.executors.local import LocalExecutor
from tutelage.runtime.keys import Keys
from tutelage.runtime.record import Made, in_stage, manifest
from tutelage.runtime.run import Run
from tutelage.training.import_weights import ImportWeights
from tutelage.training.training_log import LOG
from tutelage.training.training_stage import TrainingStage

_STEPS = 6
"""Optimiser steps of which the speed is taken."""
_PREFIX = ".pilot-"
_FORGOTTEN_SECONDS = 24 * 3600
"""After so long the folder of a pilot is one that was killed."""


@dataclass(slots=True)
class Pilot(Run):
    """A run in miniature: what the store has is taken from it, the rest is made for the moment."""

    requests: int = 8
    measured: Measured = field(init=False)
    local: LocalExecutor = field(init=False)
    callers: dict[str, Caller] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Run.__post_init__(self)
        self.measured = Measured(self.requests)

    def open(self) -> None:
        """Get ready; a pilot runs here, whatever runs the recipe."""
        Run.open(self)
        self.executor = self.local = LocalExecutor(self.services)

    def execute(self, until: str | None = None, fresh: tuple[str, ...] = ()) -> None:
        """Try every stage in order; one that cannot be tried leaves those after it untried."""
        raise_all(self.keys.missing(self.store))
        began = time.monotonic()
        self.open()
        try:
            for step in self.recipe.steps:
                if missing := self._missing(step):
                    self.measured.failures[step.name] = f"'{missing}' could not be piloted"
                    continue
                try:
                    self._run_step(step, again=False)
                except TutelageError as exc:
                    self.measured.failures[step.name] = str(exc).splitlines()[0]
        finally:
            self.executor.release()
            self.services.journal.close()
        self.measured.seconds = time.monotonic() - began
        asked = [entry for entry in self.spent if entry.model]
        self.measured.sent = sum((entry.spent for entry in asked), Usage())
        sent = Counter[str]()
        for entry in asked:
            sent[entry.stage] += entry.spent.requests
        self.measured.sent_by = {name: count for name, count in sent.items() if count}

    def _missing(self, step: Step) -> str | None:
        """An input of a step that the pilot has not got."""
        stages = (source.stage for source in step.bound())
        return next((name for name in stages if name and name not in self.made), None)

    def _make(self, key: str, job: Job) -> None:
        """As in a run where the store has it or it is an import; else in miniature."""
        if isinstance(job.stage, ImportWeights) or self.store.manifest(key):
            Run._make(self, key, job)
            return
        name, stage = job.name, job.stage
        folder = self.folder / f"{name}-pilot"
        folder.mkdir(parents=True, exist_ok=True)
        taken = job.load()
        rows = _rows_asked_about(stage, taken)
        taken |= {entry: self._few(given) for entry, given in rows.items()}
        seen = Measurements("the pilot")
        seen.given.update(row["leaf"] for row in _given(stage, taken))
        context = self._pilot_context(name, folder, seen, few=bool(rows))
        began = time.monotonic()
        try:
            artifact = self._try(name, stage, context, taken)
        except Exception as exc:
            raise in_stage(exc, name) from exc
        finally:
            self.local.spent += context.ledger.entries()
        seen.own_seconds += time.monotonic() - began  # less what `_ask` took off already
        content = MADE_HERE + artifact.save(folder)
        written = manifest(name, stage, job.given, artifact, content, context.ledger)
        self.made[name] = Made(name, folder, written, False, time.monotonic() - began)
        self.measured.stages[name] = seen
        if isinstance(artifact, Rows):
            _count_rows(seen, artifact)
            own = Rows(artifact.kept, _tried(artifact))
            if not _was_spared(seen, artifact) and (
                empty := why_empty(stage, own, taken, context.ledger.total().requests)
            ):
                self.measured.empty[name] = empty

    def _try(self, name: str, stage: Stage, context: Context, taken: dict[str, Any]) -> Artifact:
        if not isinstance(stage, TrainingStage):
            return stage.run(context, **taken)
        began = time.monotonic()
        few = stage.batch_size * _STEPS
        own = Rows(taken["rows"].kept[:few]) if not stage.learns_from_answers else None
        rows = own or seed_rows(self.keys.taxonomy, few)
        made = stage.brief(_STEPS).run(context, **(taken | {"rows": rows}))
        took = time.monotonic() - began
        found = read_steps(
            context.folder / LOG, took, "the pilot", tokens_of_a_step(stage, rows.kept)
        )
        if found:
            self.measured.training[name] = found
        return made

    def _few(self, rows: Rows) -> Rows:
        """Each leaf's share of rows, evenly from all of them."""
        shares = self._shares()
        leaves: dict[str, list[Row]] = {}
        for row in rows.kept:
            leaves.setdefault(row["leaf"], []).append(row)
        chosen = [evenly(own, shares.get(leaf, 0)) for leaf, own in leaves.items()]
        return Rows([row for own in chosen for row in own])

    def _pilot_context(
        self, name: str, folder: Path, seen: Measurements, *, few: bool
    ) -> PilotContext:
        context = self.local.context(name, folder, self.recipe.seed)
        given = {entry: getattr(context, entry) for entry in Context.__slots__}
        return PilotContext(
            **given,
            measured=self.measured,
            seen=seen,
            shares=self._shares(),
            callers=self.callers,
            few=few,
        )

    def _shares(self) -> dict[str, int]:
        """By leaf: its part of a stage's requests; of more leaves than requests some get none."""
        leaves = [leaf.path for leaf in self.keys.taxonomy.leaves] if self.keys.taxonomy else []
        count = len(leaves)
        parts = {
            leaf: (n + 1) * self.requests // count - n * self.requests // count
            for n, leaf in enumerate(leaves)
        }
        return parts | {"*": self.requests}


def _given(stage: Stage, taken: dict[str, Any]) -> Iterator[Row]:
    """The rows that a stage works on."""
    for name in row_inputs(stage):
        for rows in taken[name] if isinstance(taken[name], list) else [taken[name]]:
            yield from rows.kept


def _rows_asked_about(stage: Stage, taken: dict[str, Any]) -> dict[str, Rows]:
    """The rows that a stage cannot do without and asks a model about."""
    inputs = stage.inputs()
    if not any(entry.type is Model for entry in inputs.values()):
        return {}
    return {
        name: taken[name]
        for name, entry in inputs.items()
        if entry.type is Rows and entry.required and not entry.many
    }


def run_pilot(keys: Keys, store: Store, progress: Progress, requests: int) -> Measured:
    """Run a pilot of a recipe that was checked.

    What it makes is removed afterwards, but for the journal and imported models.
    """
    store.folder.mkdir(parents=True, exist_ok=True)
    for left in store.folder.glob(f"{_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=store.folder) as folder:
        pilot = Pilot(keys.recipe, Path(folder), store, progress, requests=requests)
        pilot.keys = keys
        pilot.execute()
        return pilot.measured


def _tried(rows: Rows) -> list[Row]:
    """The rows rejected for what was found of them, not for what a pilot does not ask."""
    return [row for row in rows.rejected if NOT_ASKED not in row["reason"]]


def _was_spared(seen: Measurements, rows: Rows) -> bool:
    """Whether a stage without rows had some to make that the pilot did not try."""
    units = sum(whole for whole, _ in seen.sampled.values())
    chosen = sum(tried for _, tried in seen.sampled.values())
    return not _tried(rows) and bool(rows.rejected or (units and not chosen))


def _count_rows(seen: Measurements, rows: Rows) -> None:
    """By leaf, what was kept of what was tried; what was not asked was not tried."""
    tried = _tried(rows)
    kept, lost = (Counter(row["leaf"] for row in part) for part in (rows.kept, tried))
    for leaf in {*kept, *lost}:
        seen.funnel[leaf] = (kept[leaf], kept[leaf] + lost[leaf])
    seen.tries = len(rows.kept) + len(rows.rejected)
    seen.lengths = lengths_of(tried) | lengths_of(rows.kept)
