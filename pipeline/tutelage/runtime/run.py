"""Running a recipe: each stage is found in the store or is done; `run.json` says what happened."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import CALLS, Entry, load_calls
from tutelage.contract.context import Progress
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint
from tutelage.core.disk_errors import writing
from tutelage.core.error_collector import raise_all
from tutelage.core.errors import StageError
from tutelage.core.json_files import write_json
from tutelage.core.store import Store, link
from tutelage.models.budget import Budgets
from tutelage.models.health import reach
from tutelage.models.journal import JOURNAL, Journal
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.models.reference import parse_reference
from tutelage.models.spread.segments import take_up_segments
from tutelage.recipe.recipe import Recipe, Source, Step
from tutelage.runtime.executors.job import (
    Executor,
    Job,
    JobInput,
    RunServices,
    check_executor,
    find_executor,
)
from tutelage.runtime.keys import TO_DO, Given, Keys, weights_key, weights_name
from tutelage.runtime.late_prices import charge_unknown
from tutelage.runtime.record import KEPT, Made, refuse_empty, run_facts
from tutelage.training.import_weights import ImportWeights


@dataclass(slots=True)
class Run:
    """One invocation of a recipe, shown in `folder`; the store keeps what other runs may share."""

    recipe: Recipe
    folder: Path
    store: Store
    progress: Progress
    command: str = ""
    executor_name: str = "local"
    after: Sequence[Path] = ()
    """Folders of earlier runs on the same store whose use counts against this run's budgets."""
    keys: Keys = field(init=False)
    made: dict[str, Made] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    services: RunServices = field(init=False)
    executor: Executor = field(init=False)
    taken_up: set[str] = field(default_factory=set)
    """The keys of finished stages that are charged and counted."""

    def __post_init__(self) -> None:
        self.keys = Keys(self.recipe)

    def check(self) -> None:
        """Find everything that can be found wrong ahead, before a model loads."""
        raise_all(self.keys.problems(self.store))

    def execute(self, until: str | None = None, fresh: tuple[str, ...] = ()) -> None:
        """Do or find every stage, in order. What is finished stays on disk whatever happens.

        `fresh` names stages to do again. Raises StageError naming the stage that failed.
        """
        for name in [*fresh, *([until] if until else [])]:
            self.recipe.step(name)
        self.check()
        self._warn_of_servers(fresh)
        for name, (reference, _) in self.recipe.models.items():
            if reference.note:
                self.progress.say(f"model '{name}': {reference.note}")
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        how = self.recipe.settings.accelerate
        check_executor(self.executor_name, self.store.folder, how.machines, how.processes)
        self.open()
        try:
            for key in _stage_keys(self.after):
                self._take_up(key)
            for name, key in self.keys.finished(self.store).items():
                if name not in fresh:
                    self._take_up(key)
            for number, step in enumerate(self.recipe.steps, 1):
                self._run_step(step, again=step.name in fresh)
                self._refuse_empty(step)
                if step.name == until:
                    break
                self.executor.release(self._asked_by(self.recipe.steps[number:]))
        except KeyboardInterrupt as exc:
            raise StageError(f"stopped between stages. {KEPT}") from exc
        finally:
            self.executor.release()
            self._find_later()
            self.services.journal.close()
            write_json(self.folder / "run.json", self.facts())

    def open(self) -> None:
        """Get ready to run stages: the journal, and what runs them."""
        named = self.recipe.models.items()
        # For their prices, which ask for no identity.
        models = {name: Model(name, reference, config, "") for name, (reference, config) in named}
        limits = {name: config.budget for name, (_, config) in named}
        take_up_segments(self.store.folder / JOURNAL)
        self.services = RunServices(
            Journal(self.store.folder / JOURNAL),
            Budgets(self.recipe.settings.budget, limits),
            self.progress,
            models,
            self._accelerate(),
            self.command,
        )
        self.executor = find_executor(self.executor_name, self.services)

    @property
    def spent(self) -> list[Entry]:
        """What this invocation spent."""
        return self.executor.spent

    def facts(self) -> dict[str, Any]:
        """What `run.json` holds."""
        when = {"started": self.started, "seconds": time.time() - self.started}
        facts = run_facts(self.keys, self.made.values(), self.executor.spent, self.folder)
        return facts | when | {"command": self.command}

    def _warn_of_servers(self, fresh: Collection[str]) -> None:
        """Warn of endpoints that will be asked and do not answer now; that is no error yet.

        Servers come up late, and some know a model by other names than they list.
        """
        if all(reference.kind != "endpoint" for reference, _ in self.recipe.models.values()):
            return  # the stages' states, whose keys read files, are for servers only
        states = self.keys.states(self.store)
        to_do = [s for s in self.recipe.steps if s.name in fresh or states[s.name] == TO_DO]
        servers = [m for m in self.keys.all_asked(to_do) if m.reference.kind == "endpoint"]
        if not servers:
            return
        with ThreadPoolExecutor(len(servers)) as threads:
            for model, reached in zip(servers, threads.map(reach, servers), strict=True):
                if reached.problem:
                    self.progress.say(f"warning: model '{model.name}': {reached.words}")

    def _find_later(self) -> None:
        """Show the stages that the store has, though this invocation ended before them."""
        for step in self.recipe.steps:
            given = self._given(step)
            if step.name in self.made or given is None:
                continue
            if self.store.manifest(self.keys.key(step, given)) is not None:
                self._run_step(step, again=False)

    def _given(self, step: Step) -> Given | None:
        """What a step is given; None where it is of a stage that is not made."""
        digests = {name: made.manifest["digest"] for name, made in self.made.items()}
        return self.keys.given(step, digests)

    def _run_step(self, step: Step, *, again: bool) -> None:
        given = self._given(step)
        assert given is not None  # steps are in order, so what this one needs is made
        key = self.keys.key(step, given)
        if again:
            self.store.forget(key)
        hit = self.store.manifest(key) is not None
        for model in self.keys.imported(step):
            self._import_weights(model, needed=not hit)

        inputs = {
            name: [self._source(source, step.inputs[name].type) for source in bound]
            for name, bound in step.sources.items()
            if bound
        }
        self._make(key, self._job(step.name, step.stage, given, inputs))

    def _refuse_empty(self, step: Step) -> None:
        """Stop at a stage that kept nothing, made now or found in the store."""
        look = f"tutelage show {self.folder} {step.name}"
        go_on = f"{self.command} --set stages.{step.name}.allow_empty=true".strip()
        refuse_empty(self.made[step.name], step.stage, look, go_on)

    def _asked_by(self, steps: Sequence[Step]) -> set[str]:
        """The identities of the models that some stages ask, as far as these are made."""
        return {
            self._asked(source).identity
            for step in steps
            for source in step.bound(Model)
            if source.stage is None or source.stage in self.made
        }

    def _import_weights(self, model: Model, *, needed: bool) -> None:
        """Show the import of a model's weights as a stage; it is done only where `needed`."""
        name, key = weights_name(model), weights_key(model)
        if name in self.made or not (needed or self.store.manifest(key)):
            return
        stage = ImportWeights(trust_remote_code=model.config.trust_remote_code)
        given = {"model": [{"model": model.name, "digest": model.identity}]}
        self._make(key, self._job(name, stage, given, {"model": [model]}))

    def _job(self, name: str, stage: Stage, given: Given, inputs: dict[str, list[JobInput]]) -> Job:
        """A job whose place is still to be found."""
        examined, taxonomy = tuple(self.recipe.examined), self.keys.taxonomy
        return Job(name, stage, given, inputs, self.folder, self.recipe.seed, examined, taxonomy)

    def _make(self, key: str, job: Job) -> None:
        """Find a stage in the store or run it into the store; link it into the run's folder."""
        began = time.monotonic()
        hit = self.store.manifest(key) is not None
        if hit:
            self._take_up(key)
        written = self.store.manifest(key) or self._build(key, job)
        seconds, place = time.monotonic() - began, self.store.path(key)
        self.made[job.name] = Made(job.name, place, written, hit, seconds)
        link(place, self.folder / job.name)
        self.progress.say(self.made[job.name].in_words())

    def _take_up(self, key: str) -> None:
        """Charge a finished stage what its price was unknown for, and count it against budgets."""
        if key not in self.taken_up:
            self.taken_up.add(key)
            charge_unknown(self.store, key, self.services.models)
            if self.services.budgets.are_set:  # else nothing is held against what was used
                self.services.count(load_calls(self.store.path(key) / CALLS))

    def _build(self, key: str, job: Job) -> dict[str, Any]:
        """Have a stage run into the store; returns the manifest."""
        with self.store.building(key) as folder:
            manifest = self.executor.run(replace(job, folder=folder)) | {"key": key}
            self.store.commit(key, manifest)
        return manifest

    def _source(self, source: Source, wanted: type) -> JobInput:
        """What is handed to a stage as one of its inputs."""
        if wanted is Model:
            return self._asked(source)
        if source.stage is not None:
            return self.made[source.stage]
        if source.model is not None:
            model = self.keys.model(source.model)
            return Checkpoint(model.folder or self.store.path(weights_key(model)))
        assert self.keys.taxonomy is not None  # the recipe was checked: a taxonomy is named
        return self.keys.taxonomy

    def _asked(self, source: Source) -> Model:
        """A model that a stage puts requests to: of the recipe, or what another stage made."""
        if source.stage is not None:
            made = self.made[source.stage]
            return _checkpoint_model(made, made.name, self.keys.settings_of(source))
        model = self.keys.model(source.model or "")
        imported = self.made.get(weights_name(model))
        if imported is None:
            return model
        # The student is asked as what is made of it will be: same weights, same engine.
        return _checkpoint_model(imported, model.name, model.config)

    def _accelerate(self) -> dict[str, Any]:
        settings = self.recipe.settings.accelerate.model_dump()
        if settings["config_file"]:
            settings["config_file"] = str(self.recipe.file.parent / settings["config_file"])
        return settings


def _stage_keys(runs: Sequence[Path]) -> Iterator[str]:
    """The keys of the stages that some runs made or found."""
    for folder in runs:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        yield from (str(stage["key"]) for stage in facts["stages"])


def _checkpoint_model(made: Made, name: str, settings: ModelConfig) -> Model:
    reference = parse_reference(str(made.folder.resolve()), Path())
    config = settings.model_copy(update={"ref": reference.text})
    return Model(name, reference, config, identity_of(made.manifest["digest"], config))
