"""What is known of a recipe before it runs: that it is sound, and which key each stage has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.contract.known_inputs import Known
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.digests import digest
from tutelage.core.error_collector import collect_errors, raise_all
from tutelage.core.errors import InputError, ModelReferenceError, RecipeError
from tutelage.core.store import Store
from tutelage.models.api_key import read_key
from tutelage.models.budget import Budgets
from tutelage.models.engine_pool import check_enforces, check_serves, choose_engine
from tutelage.models.hub import look_up
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.recipe.recipe import WEIGHTS, Recipe, Source, Step
from tutelage.report.baselines import load_baselines
from tutelage.runtime.contamination_check import refuse_ahead
from tutelage.runtime.feeding_leaves import feeding_leaves
from tutelage.runtime.student_loading import model_problems, origin_folder
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.taxonomy.load import load_taxonomy

_INHERITED = ("engine", "template", "reasoning_tokens", "refuses")
"""Settings of a model that hold for what is trained of it."""
HIT, TO_DO = "found", "to do"
Given = dict[str, list[dict[str, str]]]
"""By input: where each comes from (`stage`, `model` or `taxonomy`), the `digest` of its content,
and of a model how it is `asked`, where its settings say so."""


@dataclass(slots=True)
class Keys:
    """A recipe with the content of its taxonomy and models, which is what keys are made of."""

    recipe: Recipe
    taxonomy: Taxonomy | None = None
    identities: dict[str, str] = field(default_factory=dict)
    unfinished: bool = False
    """For plans: what is still to be filled in or approved in the taxonomy is taken as done."""
    _read: dict[str, list[Row]] = field(default_factory=dict)

    def check(self) -> None:
        """Read the taxonomy and find what can be found wrong ahead; raises all of it at once."""
        raise_all(self.problems())

    def problems(self, store: Store | None = None) -> list[InputError]:
        """All that can be found wrong ahead, without loading a model or sending anything.

        With the store also what is missing of that which the stages to do will need.
        """
        found: list[InputError] = []
        with collect_errors(found):
            if self.recipe.taxonomy is not None:
                self.taxonomy = load_taxonomy(
                    self.recipe.taxonomy, self.recipe.documents, unfinished=self.unfinished
                )
        if found:
            return found  # the stages would only say that there is no taxonomy
        budgets = Budgets(self.recipe.settings.budget)
        done = self._done(store)
        for step in (step for step in self.recipe.steps if step.name not in done):
            with collect_errors(found, self.recipe.at(f"stages.{step.name}")):
                step.stage.check(self.taxonomy)
                given = {name: len(sources) for name, sources in step.sources.items()}
                step.stage.check_inputs(given, self.taxonomy)
                step.stage.check_models(self._models_of(step), self.taxonomy)
                step.stage.identity()  # reads the files that fields name
                self._check_known(step)
                refuse_ahead(self.recipe, step, self.taxonomy, self._rows_of)
        self._read.clear()  # files may be long
        for model in self.all_asked(self.recipe.steps):
            with collect_errors(found):
                choose_engine(model)
            with collect_errors(found):
                budgets.check(model)
        for step in self.recipe.steps:
            with collect_errors(found, self.recipe.at(f"stages.{step.name}")):
                for name in step.stage.schema_inputs():
                    self._check_enforces(step.sources[name])
        with collect_errors(found):
            if self.recipe.baselines is not None:
                load_baselines(self.recipe.baselines)
        if store is None or not self._has_keys():
            return found
        return [*found, *self.missing(store)]

    def _check_known(self, step: Step) -> None:
        if type(step.stage).check_known is Stage.check_known:
            return  # files may be long
        try:
            step.stage.check_known(self._known(step), self.taxonomy)
        except InputError as exc:  # wrong of this stage, whatever the rows and models are
            raise RecipeError(str(exc)) from exc

    def _models_of(self, step: Step) -> dict[str, Model]:
        """The recipe's models that a stage is given, by input; of several the first."""
        named = {
            name: next(iter(sources), Source()).model for name, sources in step.sources.items()
        }
        return {name: self.model(model) for name, model in named.items() if model is not None}

    def _known(self, step: Step) -> Known:
        """What of a stage's inputs files tell before a run."""
        rows, models = dict[str, list[Rows]](), dict[str, Path]()
        leaves, perhaps = dict[str, list[Leaf]](), dict[str, list[Rows]]()
        for name, sources in step.sources.items():
            if step.inputs[name].type is Rows:
                if self.taxonomy is not None:
                    written = feeding_leaves(self.recipe, sources, self.taxonomy)
                    leaves |= {name: list(written.values())} if written else {}
                before = [self.recipe.step(one.stage) for one in sources if one.stage]
                rows[name] = [Rows(found) for one in before if (found := self._rows_of(one))]
                if (every := self._may_come(sources)) is not None:
                    perhaps[name] = every
            if step.inputs[name].type is Checkpoint:
                for folder in filter(None, (origin_folder(self, one) for one in sources)):
                    models[name] = folder
        return Known(rows, models, perhaps, leaves)

    def _rows_of(self, step: Step) -> list[Row]:
        """The rows of a step that are known before a run; a file is read once for all checks."""
        if step.name not in self._read:
            self._read[step.name] = step.stage.known_rows()
        return self._read[step.name]

    def _may_come(self, sources: Sequence[Source]) -> list[Rows] | None:
        """All rows of files that may reach an input; None where others may come too."""
        found: list[Rows] = []
        for source in sources:
            step = self.recipe.step(source.stage or "")
            if rows := self._rows_of(step):
                found.append(Rows(rows))
            elif not step.stage.leaves_out:
                return None
            else:
                above = self._may_come(step.passed_on())
                if above is None:
                    return None
                found += above
        return found

    def _done(self, store: Store | None) -> Collection[str]:
        """The stages that the store has: what they read need not be read again to be checked."""
        if store is None or not self._has_keys():
            return ()
        found: list[InputError] = []
        with collect_errors(found):
            return self.finished(store).keys()
        return ()  # `problems` comes upon the same errors

    def _has_keys(self) -> bool:
        """Whether all files can be read that fields name; without them stages have no keys."""
        found: list[InputError] = []
        for step in self.recipe.steps:
            with collect_errors(found):
                step.stage.identity()
        return not found

    def _check_enforces(self, sources: Iterable[Source]) -> None:
        for source in sources:
            if source.model is not None:
                check_enforces(self.model(source.model))
            elif source.stage is not None:
                raise ModelReferenceError(
                    f"what '{source.stage}' makes runs here, which enforces no `json_schema`"
                )

    def missing(self, store: Store) -> list[InputError]:
        """Keys, servers' programs and models of the hub that stages to do need and cannot have."""
        states = self.states(store)
        to_do = [step for step in self.recipe.steps if states[step.name] == TO_DO]
        found: list[InputError] = []
        for model in self.all_asked(to_do):
            with collect_errors(found):
                read_key(model)
            with collect_errors(found):
                check_serves(model)
        for model in self.to_load(to_do, store):
            reached = look_up(model.reference)
            if reached.problem:
                found.append(ModelReferenceError(f"model '{model.name}': {reached.words}"))
        return [*found, *model_problems(self, to_do)]

    def to_load(self, steps: Iterable[Step], store: Store) -> list[Model]:
        """The models on the hub whose weights some stages need, but for those in the store.

        A server that is started for a model finds its weights itself.
        """
        every = [*steps]
        imported = (model for step in every for model in self.imported(step))
        models = {model.name: model for model in (*self.all_asked(every), *imported)}
        return [
            model
            for model in models.values()
            if model.reference.kind == "hub"
            and model.config.serve is None
            and store.manifest(weights_key(model)) is None
        ]

    def states(self, store: Store) -> dict[str, str]:
        """By stage, in order: whether the store has it (`found`) or a run would do it."""
        finished = self.finished(store)
        states: dict[str, str] = {}
        for step in self.recipe.steps:
            for model in self.imported(step):
                if store.manifest(weights_key(model)):
                    states[weights_name(model)] = HIT
                elif step.name not in finished:
                    states[weights_name(model)] = TO_DO
            states[step.name] = HIT if step.name in finished else TO_DO
        return states

    def finished(self, store: Store) -> dict[str, str]:
        """The keys of the stages that the store has, by name, in order."""
        keys: dict[str, str] = {}
        digests: dict[str, str] = {}
        for step in self.recipe.steps:
            given = self.given(step, digests)
            key = None if given is None else self.key(step, given)
            if key is not None and (manifest := store.manifest(key)):
                keys[step.name], digests[step.name] = key, manifest["digest"]
        return keys

    def model(self, name: str) -> Model:
        """A model of the recipe with its identity; local weights are read once for it."""
        reference, config = self.recipe.models[name]
        if name not in self.identities:
            self.identities[name] = identity_of(reference.identity(), config)
        return Model(name, reference, config, self.identities[name])

    def all_asked(self, steps: Iterable[Step]) -> list[Model]:
        """The recipe's models that any of some stages puts requests to."""
        bound = (source.model for step in steps for source in step.bound(Model))
        return [self.model(name) for name in dict.fromkeys(bound) if name is not None]

    def imported(self, step: Step) -> list[Model]:
        """The recipe's models whose weights a stage trains and which are no checkpoint folder."""
        models = (self.model(one.model) for one in step.bound(Checkpoint) if one.model is not None)
        return [model for model in models if model.folder is None]

    def given(self, step: Step, digests: Mapping[str, str]) -> Given | None:
        """The inputs of a stage; None where one is of a stage that has no content digest yet."""
        stages = (source.stage for source in step.bound())
        if any(stage is not None and stage not in digests for stage in stages):
            return None
        asked = {name for name, entry in step.inputs.items() if entry.type is Model}
        return {
            name: [
                self._facts(source, digests) | (self._manner(source) if name in asked else {})
                for source in bound
            ]
            for name, bound in step.sources.items()
        }

    def settings_of(self, source: Source) -> ModelConfig:
        """How a model is asked: as its settings say, or those of the model it was trained from."""
        if source.model is not None:
            return self.recipe.models[source.model][1]
        if source.stage is None:
            return ModelConfig(ref="")
        base = next(iter(self.recipe.step(source.stage).bound(Checkpoint)), Source())
        given = self.settings_of(base)
        return ModelConfig(ref=source.stage, **{name: getattr(given, name) for name in _INHERITED})

    def key(self, step: Step, given: Given) -> str:
        """The key of a stage: of itself, the recipe's seed and the content of what it is given."""
        contents = {
            name: [facts["digest"] + facts.get("asked", "") for facts in found]
            for name, found in given.items()
        }
        # The name counts because every seed and row id is derived from it.
        return digest(step.name, step.stage.identity(), self.recipe.seed, contents)

    def _manner(self, source: Source) -> dict[str, str]:
        """What of a model's settings decides its answers, its identity aside."""
        settings = self.settings_of(source)
        if not (settings.reasoning_tokens or (settings.template and source.stage)):
            return {}
        return {"asked": digest(settings.reasoning_tokens, settings.template)}

    def _facts(self, source: Source, digests: Mapping[str, str]) -> dict[str, str]:
        if source.stage is not None:
            return {"stage": source.stage, "digest": digests[source.stage]}
        if source.model is not None:
            return {"model": source.model, "digest": self.model(source.model).identity}
        assert self.taxonomy is not None  # the recipe was checked: a taxonomy is named
        return {"taxonomy": "", "digest": self.taxonomy.digest}


def weights_key(model: Model) -> str:
    """The key of a model's weights as a checkpoint folder."""
    return digest("weights", model.identity)


def weights_name(model: Model) -> str:
    """The name under which a run shows the import of a model's weights, as a stage of its own."""
    return f"{model.name}{WEIGHTS}"
