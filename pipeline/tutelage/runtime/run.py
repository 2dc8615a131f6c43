"""Running a recipe: each stage is a hit in the store or is done; `run.json` says what happened."""

import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.accounting.energy import Energy
from tutelage.accounting.ledger import CALLS, Call, Entry, Ledger, Usage, load_calls
from tutelage.contract.context import Context, Progress
from tutelage.contract.stage import Stage, carry_out
from tutelage.core.artifacts import Checkpoint
from tutelage.core.error_collector import raise_all
from tutelage.core.errors import StageError
from tutelage.core.json_files import write_json
from tutelage.core.store import Store, link
from tutelage.models.budget import Budgets
from tutelage.models.engine_pool import Pool
from tutelage.models.health import reach
from tutelage.models.journal import JOURNAL, Journal
from tutelage.models.model import EngineName, Model, ModelConfig, identity_of
from tutelage.models.reference import parse_reference
from tutelage.recipe.recipe import Recipe, Source, Step
from tutelage.runtime import unfinished
from tutelage.runtime.contamination_check import refuse_examined
from tutelage.runtime.keys import TO_DO, Given, Keys, weights_key, weights_name
from tutelage.runtime.late_prices import charge_unknown
from tutelage.runtime.record import KEPT, Made, contents, in_stage, manifest, run_facts
from tutelage.training.import_weights import ImportWeights

_FAILURES = ".failures.jsonl"
"""Where a build notes what failed answers used, until it is finished."""


@dataclass(frozen=True, slots=True)
class Work:
    """A stage with its key and what it is given, whether the store has it or not."""

    name: str
    stage: Stage
    key: str
    given: Given
    inputs: Callable[[], dict[str, Any]]
    """Reads the artifacts and models; called only where the stage is done."""


@dataclass(slots=True)
class Run:
    """One invocation of a recipe, shown in `folder`; the store keeps what other runs may share."""

    recipe: Recipe
    folder: Path
    store: Store
    progress: Progress
    command: str = ""
    keys: Keys = field(init=False)
    budgets: Budgets = field(init=False)
    made: dict[str, Made] = field(default_factory=dict)
    spent: list[Entry] = field(default_factory=list)
    pool: Pool = field(default_factory=Pool)
    started: float = field(default_factory=time.time)
    journal: Journal = field(init=False)
    taken_up: set[str] = field(default_factory=set)
    """The keys of finished stages that are charged and counted."""

    def __post_init__(self) -> None:
        self.keys = Keys(self.recipe)
        limits = {name: config.budget for name, (_, config) in self.recipe.models.items()}
        self.budgets = Budgets(self.recipe.settings.budget, limits)

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
        self.folder.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(self.store.folder / JOURNAL)
        try:
            for name, key in self.keys.finished(self.store).items():
                if name not in fresh:
                    self._take_up(key)
            for number, step in enumerate(self.recipe.steps, 1):
                self._run_step(step, again=step.name in fresh)
                if step.name == until:
                    break
                self.pool.release(keep=self._asked_by(self.recipe.steps[number:]))
        except KeyboardInterrupt as exc:
            raise StageError(f"stopped between stages. {KEPT}") from exc
        finally:
            self.pool.release()
            self._find_later()
            self.journal.close()
            write_json(self.folder / "run.json", self.facts())

    def facts(self) -> dict[str, Any]:
        """What `run.json` holds."""
        when = {"started": self.started, "seconds": time.time() - self.started}
        facts = run_facts(self.keys, self.made.values(), self.spent, self.folder)
        return facts | when | {"command": self.command}

    def _warn_of_servers(self, fresh: Collection[str]) -> None:
        """Say which endpoints will be asked and do not answer now; that is no error yet.

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

        def inputs() -> dict[str, Any]:
            loaded = {n: self._load(step, n) for n, bound in step.sources.items() if bound}
            refuse_examined(step.stage, loaded.values(), self.keys.taxonomy, self.recipe.examined)
            return loaded

        self._make(Work(step.name, step.stage, key, given, inputs))

    def _asked_by(self, steps: Sequence[Step]) -> set[str]:
        """The identities of the models that some stages ask, as far as these are made."""
        return {
            self._load_source(source, Model).identity
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
        self._make(Work(name, stage, key, given, lambda: {"model": model}))

    def _make(self, work: Work) -> None:
        """Find a stage in the store or run it into the store; link it into the run's folder."""
        began = time.monotonic()
        hit = self.store.manifest(work.key) is not None
        if hit:
            self._take_up(work.key)
        written = self.store.manifest(work.key) or self._build(work)
        seconds, place = time.monotonic() - began, self.store.path(work.key)
        self.made[work.name] = Made(work.name, place, written, hit, seconds)
        link(place, self.folder / work.name)
        self.progress.say(self.made[work.name].in_words())

    def _take_up(self, key: str) -> None:
        """Charge a finished stage what its price was unknown for, and count it against budgets."""
        if key not in self.taken_up:
            self.taken_up.add(key)
            charge_unknown(self.store, key, self._priced())
            self._count(load_calls(self.store.path(key) / CALLS))

    def _count(self, calls: Sequence[Call]) -> None:
        """Count what earlier runs used against the budgets, lost answers at their worst."""
        models = self._priced()
        worst = self.journal.lost_before([call.lost for call in calls if call.lost])
        for call in calls:
            used = worst.get(call.lost, call.usage)
            if call.model in models:
                used = models[call.model].charged(used)
            self.budgets.count(call.model, call.key or call.lost, used)

    def _priced(self) -> dict[str, Model]:
        """The recipe's models for their prices, which ask for no identity."""
        named = self.recipe.models.items()
        return {name: Model(name, reference, config, "") for name, (reference, config) in named}

    def _build(self, work: Work) -> dict[str, Any]:
        """Run a stage into the store; returns the manifest."""
        with self.store.building(work.key) as folder:
            context, read = self._context(work.name, folder), contents(work.stage)
            earlier, began = unfinished.begin(folder), time.monotonic()
            try:
                with Energy() as energy:
                    artifact = carry_out(work.stage, context, work.inputs())
                    content = artifact.save(folder)
            except (Exception, KeyboardInterrupt) as exc:
                own = self._keep(context.ledger, work.name, began)
                with contextlib.suppress(OSError):  # a full disk perhaps: the first error is told
                    unfinished.interrupted(folder, own)
                raise in_stage(exc, work.name, self.command) from exc
            self._keep(context.ledger, work.name, began)
            context.ledger.add(work.name, "*", "", Usage(seconds=earlier), now=False)
            context.ledger.save(folder / "ledger.jsonl")
            context.ledger.save_calls(folder / CALLS)
            unfinished.finished(folder)
            (folder / _FAILURES).unlink(missing_ok=True)
            written = manifest(work.name, work.stage, work.given, artifact, content, context.ledger)
            seconds = time.monotonic() - began
            written |= {"key": work.key, "seed": self.recipe.seed, "seconds": seconds}
            written["contents"] = read
            self.store.commit(work.key, written | {"joules": energy.joules})
        return written

    def _context(self, name: str, folder: Path) -> Context:
        self.progress.stage = name
        failures = load_calls(folder / _FAILURES)
        self._count(failures)
        ledger = Ledger(folder / _FAILURES)
        for call in failures:  # of builds that did not finish
            ledger.call(name, call, now=False)
        return Context(
            stage=name,
            folder=folder,
            seed=self.recipe.seed,
            journal=self.journal,
            ledger=ledger,
            progress=self.progress,
            pool=self.pool,
            budgets=self.budgets,
            accelerate=self._accelerate(),
        )

    def _keep(self, ledger: Ledger, name: str, began: float) -> float:
        """Charge the stage's own machine time, which no answer accounts for, and return it."""
        own = max(0.0, time.monotonic() - began - ledger.spent().seconds)
        ledger.add(name, "*", "", Usage(seconds=own))
        self.spent += ledger.entries()
        return own

    def _load(self, step: Step, name: str) -> Any:
        """What is handed to a stage as one of its inputs."""
        entry = step.inputs[name]
        loaded = [self._load_source(source, entry.type) for source in step.sources[name]]
        return loaded if entry.many else loaded[0]

    def _load_source(self, source: Source, wanted: type) -> Any:
        if source.stage is not None:
            made = self.made[source.stage]
            if wanted is not Model:
                return made.load()
            engine = self._engine_of_base(source.stage)
            return _checkpoint_model(made, made.name, ModelConfig(ref=made.name, engine=engine))
        if source.model is None:
            return self.keys.taxonomy
        model = self.keys.model(source.model)
        imported = self.made.get(weights_name(model))
        if wanted is Model and imported is not None:
            # The student is asked as what is made of it will be: same weights, same engine.
            return _checkpoint_model(imported, model.name, model.config)
        if wanted is not Checkpoint:
            return model
        return Checkpoint(model.folder or self.store.path(weights_key(model)))

    def _engine_of_base(self, stage: str) -> EngineName:
        """The engine that the model's settings name which a stage's checkpoint was made of."""
        base = next(iter(self.recipe.step(stage).bound(Checkpoint)), Source())
        if base.stage is not None:
            return self._engine_of_base(base.stage)
        return "auto" if base.model is None else self.recipe.models[base.model][1].engine

    def _accelerate(self) -> dict[str, Any]:
        settings = self.recipe.settings.accelerate.model_dump()
        if settings["config_file"]:
            settings["config_file"] = str(self.recipe.file.parent / settings["config_file"])
        return settings


def _checkpoint_model(made: Made, name: str, settings: ModelConfig) -> Model:
    reference = parse_reference(str(made.folder.resolve()), Path())
    config = settings.model_copy(update={"ref": reference.text})
    return Model(name, reference, config, identity_of(made.manifest["digest"], config))
