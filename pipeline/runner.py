"""Running a recipe: each stage is a hit in the store or is done; at the end the report is written."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipeline.artifacts import ARTIFACTS, Artifact, Checkpoint, Rows
from pipeline.errors import InputError, StageError, TutelageError
from pipeline.facts import hardware, versions
from pipeline.ledger import Entry, Ledger, Usage
from pipeline.models import Model
from pipeline.models.engines import Pool
from pipeline.models.journal import Journal
from pipeline.models.model import ModelConfig
from pipeline.models.reference import parse_reference
from pipeline.recipe import Recipe, Source, Step
from pipeline.stage import Context, Progress, Stage
from pipeline.store import Store, digest, link, write_json
from pipeline.taxonomy import Taxonomy, load_taxonomy
from pipeline.training.weights import ImportWeights


@dataclass(frozen=True, slots=True)
class Made:
    """A finished stage: where its artifact is and whether it was there already."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    hit: bool
    seconds: float

    def load(self) -> Artifact:
        """The artifact, read from disk."""
        return ARTIFACTS[self.manifest["kind"]].load(self.folder)


@dataclass(slots=True)
class Run:
    """One invocation of a recipe, writing to `folder`; the store keeps what other runs may share."""

    recipe: Recipe
    folder: Path
    store: Store
    progress: Progress
    command: str = ""
    made: dict[str, Made] = field(default_factory=dict)
    spent: list[Entry] = field(default_factory=list)
    taxonomy: Taxonomy | None = None
    identities: dict[str, str] = field(default_factory=dict)
    pool: Pool = field(default_factory=Pool)
    started: float = field(default_factory=time.time)

    def check(self) -> None:
        """Read the taxonomy and everything stages can check ahead, before a model loads."""
        if self.recipe.taxonomy is not None:
            self.taxonomy = load_taxonomy(self.recipe.taxonomy)
        for step in self.recipe.steps:
            step.stage.check(self.taxonomy)

    def execute(self, until: str | None = None, fresh: tuple[str, ...] = ()) -> None:
        """Do or find every stage, in order. What is finished stays on disk whatever happens.

        `fresh` names stages to do again. Raises StageError naming the stage that failed.
        """
        for name in [*fresh, *([until] if until else [])]:
            self.recipe.step(name)
        self.check()
        self.folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(self.store.folder / "journal.sqlite")
        try:
            for step in self.recipe.steps:
                self._run_step(step, journal, again=step.name in fresh)
                if step.name == until:
                    break
        finally:
            self.pool.release()
            journal.close()
            write_json(self.folder / "run.json", self.facts())

    def facts(self) -> dict[str, Any]:
        """What `run.json` holds: the recipe, the models, what was done and spent by this invocation."""
        settings = self.recipe.settings
        baselines = settings.human_baselines
        return {
            "schema": 1,
            "recipe": self.recipe.name,
            "file": str(self.recipe.file),
            "seed": self.recipe.seed,
            "command": self.command,
            "started": self.started,
            "seconds": time.time() - self.started,
            "taxonomy": _taxonomy_facts(self.taxonomy),
            "models": {
                name: {"ref": reference.text, "identity": self.identities.get(name)}
                for name, (reference, _) in self.recipe.models.items()
            },
            "machine": settings.machine.model_dump(),
            "labor": settings.labor.model_dump(),
            "human_baselines": str(self.recipe.file.parent / baselines) if baselines else None,
            "stages": [
                {
                    "name": made.name,
                    "use": made.manifest["use"],
                    "kind": made.manifest["kind"],
                    "key": made.manifest["key"],
                    "hit": made.hit,
                    "seconds": made.seconds,
                }
                for made in self.made.values()
            ],
            "spent": [entry.to_json() for entry in self.spent],
            "hardware": hardware(),
            "versions": versions(),
        }

    def _run_step(self, step: Step, journal: Journal, *, again: bool) -> None:
        digests: dict[str, list[dict[str, str]]] = {}
        sources: dict[str, list[Any]] = {}
        for name, bound in step.sources.items():
            pairs = [self._source(step, name, source, journal) for source in bound]
            digests[name] = [facts for facts, _ in pairs]
            sources[name] = [load for _, load in pairs]
        contents = {name: [facts["digest"] for facts in found] for name, found in digests.items()}
        key = digest(step.stage.identity(), self.recipe.seed, contents)
        if again:
            self.store.forget(key)
        manifest = self.store.manifest(key)
        began = time.monotonic()
        if manifest is None:
            inputs = {
                name: _one_or_many(step, name, [load() for load in loads])
                for name, loads in sources.items()
                if loads
            }
            manifest = self._build(step.name, step.stage, key, inputs, digests, journal)
            hit = False
        else:
            hit = True
        seconds = time.monotonic() - began
        self.made[step.name] = Made(step.name, self.store.path(key), manifest, hit, seconds)
        link(self.store.path(key), self.folder / step.name)
        self.progress.say(_outcome(step.name, manifest, seconds, hit=hit))

    def _build(
        self,
        name: str,
        stage: Stage,
        key: str,
        inputs: dict[str, Any],
        digests: dict[str, list[dict[str, str]]],
        journal: Journal,
    ) -> dict[str, Any]:
        """Run a stage into the store; returns the manifest."""
        with self.store.building(key) as folder:
            ledger = Ledger()
            self.progress.stage = name
            context = Context(
                stage=name,
                folder=folder,
                seed=self.recipe.seed,
                journal=journal,
                ledger=ledger,
                progress=self.progress,
                pool=self.pool,
                accelerate=self._accelerate(),
            )
            began = time.monotonic()
            try:
                artifact = stage.run(context, **inputs)
                content = artifact.save(folder)
            except (TutelageError, KeyboardInterrupt) as exc:
                self._keep(ledger, name, began)
                raise _with_stage(exc, name) from exc
            seconds = self._keep(ledger, name, began)
            ledger.save(folder / "ledger.jsonl")
            manifest = {
                "stage": name,
                "use": stage.identity()["use"],
                "version": stage.version,
                "fields": stage.model_dump(mode="json"),
                "inputs": digests,
                "kind": type(artifact).kind,
                "key": key,
                "digest": content,
                "seed": self.recipe.seed,
                "funnel": _funnel(artifact),
                "seconds": seconds,
                "ledger": [entry.to_json() for entry in ledger.entries()],
                "created": time.time(),
                "versions": versions(),
            }
            self.store.commit(key, manifest)
        return manifest

    def _keep(self, ledger: Ledger, name: str, began: float) -> float:
        """Charge the stage's own machine time that no answer accounts for; remember what was spent."""
        seconds = time.monotonic() - began
        ledger.add(name, "*", "", Usage(seconds=max(0.0, seconds - ledger.spent().seconds)))
        self.spent += ledger.entries()
        return seconds

    def _source(
        self, step: Step, name: str, source: Source, journal: Journal
    ) -> tuple[dict[str, str], Any]:
        """The facts of an input (whence, content digest) and a function that loads it."""
        wanted = step.inputs[name].type
        if source.stage is not None:
            made = self.made[source.stage]
            facts = {"stage": source.stage, "digest": made.manifest["digest"]}
            if wanted is Model:
                return facts, lambda: self._checkpoint_model(made)
            return facts, made.load
        if source.model is None:
            assert self.taxonomy is not None  # the recipe was checked: a taxonomy is named
            return {
                "taxonomy": "",
                "digest": self.taxonomy.digest,
            }, lambda: self.taxonomy
        model = self._model(source.model)
        facts = {"model": source.model, "digest": model.identity}
        if wanted is Checkpoint:
            return facts, lambda: self._weights(model, journal)
        return facts, lambda: model

    def _model(self, name: str) -> Model:
        reference, config = self.recipe.models[name]
        if name not in self.identities:
            self.identities[name] = reference.identity()
        return Model(name, reference, config, self.identities[name])

    def _checkpoint_model(self, made: Made) -> Model:
        reference = parse_reference(str(made.folder.resolve()), Path())
        config = ModelConfig(ref=reference.text)
        return Model(made.name, reference, config, made.manifest["digest"])

    def _weights(self, model: Model, journal: Journal) -> Checkpoint:
        """A model named by reference, as a checkpoint folder; made once and kept in the store."""
        if model.folder is not None:
            return Checkpoint(model.folder)
        key = digest("weights", model.identity)
        if self.store.manifest(key) is None:
            stage = ImportWeights(trust_remote_code=model.config.trust_remote_code)
            name = f"{model.name} weights"
            self._build(name, stage, key, {"model": model}, {}, journal)
        return Checkpoint(self.store.path(key))

    def _accelerate(self) -> dict[str, Any]:
        settings = self.recipe.settings.accelerate.model_dump()
        if settings["config_file"]:
            settings["config_file"] = str(self.recipe.file.parent / settings["config_file"])
        return settings


def _with_stage(exc: BaseException, name: str) -> BaseException:
    """The same error, saying in which stage it happened and that finished work is safe."""
    if isinstance(exc, KeyboardInterrupt):
        text = f"stopped in stage '{name}'; what was finished is kept: run it again to go on"
        return StageError(text)
    if isinstance(exc, InputError):
        return type(exc)(f"stage '{name}': {exc}")
    kept = "Finished stages and every answer received are on disk; run the same command to go on."
    return StageError(f"stage '{name}' failed: {exc}\n{kept}")


def _one_or_many(step: Step, name: str, loaded: list[Any]) -> Any:
    return loaded if step.inputs[name].many else loaded[0]


def _funnel(artifact: Artifact) -> dict[str, dict[str, Any]]:
    if not isinstance(artifact, Rows):
        return {}
    return {
        leaf: {"rows_in": counts["kept"] + sum(counts["rejected"].values())} | counts
        for leaf, counts in artifact.funnel().items()
    }


def _outcome(name: str, manifest: dict[str, Any], seconds: float, *, hit: bool) -> str:
    how = "found" if hit else f"{seconds:.0f} s"
    funnel = manifest["funnel"]
    if not funnel:
        return f"{name}: {manifest['kind']} ({how})"
    kept = sum(counts["kept"] for counts in funnel.values())
    asked = sum(counts["rows_in"] for counts in funnel.values())
    return f"{name}: {kept} of {asked} rows kept ({how})"


def _taxonomy_facts(taxonomy: Taxonomy | None) -> dict[str, Any] | None:
    if taxonomy is None:
        return None
    leaves = [
        {
            "path": leaf.path,
            "kind": leaf.kind,
            "seeds": len(leaf.seeds),
            "held": len(leaf.held),
            "documents": len(leaf.documents),
        }
        for leaf in taxonomy.leaves
    ]
    return {"folder": str(taxonomy.folder), "digest": taxonomy.digest, "leaves": leaves}
