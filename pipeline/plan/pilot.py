"""The pilot: every stage in miniature, with real requests that the real run will not send again.

A stage runs as it is, on the rows that the stages before it made in the pilot, but of its requests
only N are sent, spread evenly over the leaves; the others come back as failed and are left out of
what is measured. Models are imported for good; what is trained takes a few steps on rows made of
the taxonomy's own examples, to measure its speed, and is thrown away. Models trained so are not
asked anything.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifact, Row, Rows
from pipeline.errors import TutelageError
from pipeline.keys import Given
from pipeline.ledger import Ledger, Usage
from pipeline.models import Completion, Model, Request
from pipeline.models.engines import choose_engine
from pipeline.models.estimate import estimate_tokens
from pipeline.models.journal import Journal
from pipeline.plan.evidence import Evidence, Uses, measure_rows
from pipeline.plan.speed import Caller, Work
from pipeline.plan.training import Steps, read_steps
from pipeline.recipe import Recipe, Step
from pipeline.record import Made, manifest
from pipeline.runner import Run
from pipeline.stage import Context, Progress, Stage, Unit
from pipeline.store import Store
from pipeline.training.launch import LOG
from pipeline.training.stage import TrainingStage
from pipeline.training.weights import ImportWeights

NOT_ASKED = "not asked in a pilot"
_MADE_HERE = "pilot:"
_STEPS = 4
"""Optimiser steps of which the speed is taken."""


@dataclass(slots=True)
class Measured:
    """What a pilot found out."""

    requests: int
    """Sent per stage, at most."""
    stages: dict[str, Evidence] = field(default_factory=dict)
    calls: dict[str, list[tuple[Work, float]]] = field(default_factory=dict)
    """By model: the work of each call and the seconds it took."""
    loading: dict[str, float] = field(default_factory=dict)
    """By model: seconds until it could answer."""
    training: dict[str, Steps] = field(default_factory=dict)
    sent: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    """By stage: why it could not be piloted."""


@dataclass(frozen=True, slots=True)
class _PilotContext(Context):
    """A context that sends a few requests of each leaf and fails the rest."""

    measured: Measured = field(kw_only=True)
    evidence: Evidence = field(kw_only=True)
    shares: dict[str, int] = field(kw_only=True)
    """By leaf: how many requests may be sent."""
    callers: dict[str, Caller] = field(kw_only=True)
    few: bool = field(kw_only=True)
    """Whether the stage was given few rows, so that whatever it asks about them may be sent."""
    _sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    _free: set[str] = field(default_factory=set)
    """Leaves whose stage asks only for what `sample` gave it."""

    def sample(self, units: Sequence[Unit], leaf: str) -> Sequence[Unit]:
        """A leaf's share of the units, evenly from all of them."""
        self._free.add(leaf)
        return _evenly(units, self.shares.get(leaf, 0))

    def complete(self, model: Model, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answers to the first requests of each leaf; all others fail as not asked."""
        chosen: list[Request] = []
        left: list[Request] = []
        for request in requests:
            (chosen if self._take(model, request) else left).append(request)
        yield from self._ask(model, chosen)
        for request in left:
            yield Completion(request, "", "failed", Usage(), error=NOT_ASKED)

    def _take(self, model: Model, request: Request) -> bool:
        if model.identity.startswith(_MADE_HERE):
            return False
        if self.few or request.leaf in self._free:
            return True
        place = (model.name, request.leaf)
        self._sent[place] += 1
        return self._sent[place] <= self.shares.get(request.leaf, 0)

    def _ask(self, model: Model, requests: list[Request]) -> Iterator[Completion]:
        if not requests:
            return
        began = time.monotonic()
        # Named, since a slotted dataclass is made anew and leaves `super()` behind.
        answers = list(Context.complete(self, model, requests))
        took = time.monotonic() - began
        self.evidence.own_seconds -= took
        inside = sum(answer.usage.seconds for answer in answers)
        if inside and not all(answer.cached for answer in answers):
            self.measured.loading.setdefault(model.name, max(0.0, took - inside))
        if inside or not any(answer.cached for answer in answers):
            caller = self.callers.setdefault(model.name, Caller(_caches(model)))
            tokens = [answer.usage.output_tokens for answer in answers]
            work = caller.work(requests, tokens, model.config.in_flight)
            self.measured.calls.setdefault(model.name, []).append((work, inside or took))
        for answer in answers:
            self._count(model, answer)
        yield from answers

    def _count(self, model: Model, answer: Completion) -> None:
        request = answer.request
        place = (model.name, request.leaf, request.sampling.max_tokens)
        uses = self.evidence.uses.setdefault(place, Uses())
        if answer.finish_reason != "failed" and answer.usage.requests:
            uses.requests += 1
            uses.input_tokens += answer.usage.input_tokens
            uses.estimated_tokens += estimate_tokens(request.messages)
            uses.output_tokens += answer.usage.output_tokens


def _caches(model: Model) -> bool:
    """Whether the engine computes a beginning that prompts share only once."""
    return choose_engine(model) in ("openvino", "endpoint")


@dataclass(slots=True)
class Pilot(Run):
    """A run in miniature: what the store has is taken from it, the rest is made for the moment."""

    requests: int = 8
    measured: Measured = field(init=False)
    callers: dict[str, Caller] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Run.__post_init__(self)
        self.measured = Measured(self.requests)

    def execute(self, until: str | None = None, fresh: tuple[str, ...] = ()) -> None:
        """Try every stage in order; one that cannot be tried leaves those after it untried."""
        self.check()
        began = time.monotonic()
        journal = Journal(self.store.folder / "journal.sqlite")
        try:
            for step in self.recipe.steps:
                if missing := self._missing(step):
                    self.measured.failures[step.name] = f"'{missing}' could not be piloted"
                    continue
                try:
                    self._run_step(step, journal, again=False)
                except TutelageError as exc:
                    self.measured.failures[step.name] = str(exc)
        finally:
            self.pool.release()
            journal.close()
        self.measured.seconds = time.monotonic() - began
        spent = [entry.spent for entry in self.spent if entry.model]
        self.measured.sent = sum(spent, Usage())

    def _missing(self, step: Step) -> str | None:
        """An input of a step that the pilot has not got."""
        sources = (source.stage for bound in step.sources.values() for source in bound)
        return next((name for name in sources if name and name not in self.made), None)

    def _make(
        self,
        name: str,
        stage: Stage,
        key: str,
        given: Given,
        inputs: Callable[[], dict[str, Any]],
        journal: Journal,
    ) -> None:
        """As in a run where the store has it or it is an import; else in miniature."""
        if isinstance(stage, ImportWeights) or self.store.manifest(key):
            Run._make(self, name, stage, key, given, inputs, journal)
            return
        folder = self.folder / f"{name}-pilot"
        folder.mkdir(parents=True, exist_ok=True)
        taken = inputs()
        rows = _rows_asked_about(stage, taken)
        taken |= {name: self._few(given) for name, given in rows.items()}
        evidence = Evidence("the pilot")
        context = self._pilot_context(name, folder, journal, evidence, few=bool(rows))
        began = time.monotonic()
        try:
            artifact = self._try(name, stage, context, taken)
        finally:
            self.spent += context.ledger.entries()
        evidence.own_seconds += time.monotonic() - began  # less what `_ask` took off already
        content = _MADE_HERE + artifact.save(folder)
        written = manifest(name, stage, given, artifact, content, context.ledger)
        self.made[name] = Made(name, folder, written, False, time.monotonic() - began)
        self.measured.stages[name] = evidence
        if isinstance(artifact, Rows):
            _count_rows(evidence, artifact)

    def _try(self, name: str, stage: Stage, context: Context, taken: dict[str, Any]) -> Artifact:
        if not isinstance(stage, TrainingStage):
            return stage.run(context, **taken)
        began = time.monotonic()
        rows = self._examples(stage)
        made = stage.brief(_STEPS).run(context, **(taken | {"rows": rows}))
        took = time.monotonic() - began
        found = read_steps(context.folder / LOG, took, "the pilot", stage.tokens_of_a_step(rows))
        if found:
            self.measured.training[name] = found
        return made

    def _examples(self, stage: TrainingStage) -> Rows:
        """Rows made of the taxonomy's seeds, enough for a few steps."""
        seeds = [
            (leaf.path, seed)
            for leaf in (self.keys.taxonomy.leaves if self.keys.taxonomy else ())
            for seed in leaf.seeds
        ]
        wanted = stage.batch_size * _STEPS
        rows: list[Row] = []
        for number in range(wanted if seeds else 0):
            leaf, seed = seeds[number % len(seeds)]
            mark = "" if number < len(seeds) else f" ({number})"
            answer = [{"role": "assistant", "content": seed.answer}]
            worse = [{"role": "assistant", "content": seeds[number - 1][1].answer + "."}]
            rows.append(
                {
                    "id": f"pilot:{number}",
                    "leaf": leaf,
                    "parents": [],
                    "prompt": [{"role": "user", "content": seed.question + mark}],
                    "completion": answer,
                    "chosen": answer,
                    "rejected": worse,
                }
            )
        return Rows(rows)

    def _few(self, rows: Rows) -> Rows:
        """Each leaf's share of rows, evenly from all of them."""
        shares = self._shares()
        leaves: dict[str, list[Row]] = {}
        for row in rows.kept:
            leaves.setdefault(row["leaf"], []).append(row)
        chosen = [_evenly(own, shares.get(leaf, 0)) for leaf, own in leaves.items()]
        return Rows([row for own in chosen for row in own])

    def _pilot_context(
        self, name: str, folder: Path, journal: Journal, evidence: Evidence, *, few: bool
    ) -> _PilotContext:
        context = self._context(name, folder, journal)
        given = {entry: getattr(context, entry) for entry in Context.__slots__}
        return _PilotContext(
            **given | {"ledger": Ledger()},
            measured=self.measured,
            evidence=evidence,
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


def _evenly(units: Sequence[Unit], count: int) -> list[Unit]:
    """So many of the units, or all, evenly from the first to the last."""
    count = min(count, len(units))
    return [units[(2 * n + 1) * len(units) // (2 * count)] for n in range(count)]


def run_pilot(recipe: Recipe, store: Store, progress: Progress, requests: int) -> Measured:
    """Run a pilot; what it makes is removed afterwards, but for the journal and imported models."""
    store.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pilot-", dir=store.folder) as folder:
        pilot = Pilot(recipe, Path(folder), store, progress, requests=requests)
        pilot.execute()
        return pilot.measured


def _count_rows(evidence: Evidence, rows: Rows) -> None:
    """By leaf, what was kept of what was tried; what was not asked was not tried."""
    tried = [row for row in rows.rejected if NOT_ASKED not in row["reason"]]
    kept, lost = (Counter(row["leaf"] for row in part) for part in (rows.kept, tried))
    for leaf in {*kept, *lost}:
        evidence.funnel[leaf] = (kept[leaf], kept[leaf] + lost[leaf])
    measure_rows(evidence, rows.kept or tried)
