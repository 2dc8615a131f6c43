"""Recipes: a strict YAML file becomes typed steps, checked before anything is loaded or spent."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from tutelage.contract.stage import Input, Stage
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.core.config import Strict, at, load_yaml, nearest, parse, read_setting
from tutelage.core.error_collector import collect_errors, raise_all
from tutelage.core.errors import InputError, ModelReferenceError, RecipeError
from tutelage.curation.filters.guarded import Guarded
from tutelage.models.budget import Limits
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import Reference, parse_reference
from tutelage.stages import find_stage
from tutelage.taxonomy.leaf import Taxonomy

WEIGHTS = "-weights"
"""How the name ends under which a run shows the import of a model's weights."""
_OF_USE = ("budget", "in_flight", "attempts", "timeout_seconds")
"""Settings of a model that hold whichever model it is."""
_SERVER = re.compile(r"https?://[^/?#]*")


class Machine(Strict):
    """The machine that runs local models and training."""

    usd_per_hour: float | None = Field(None, ge=0)
    """What an hour of it costs; without it the cost of local work is unknown, not zero."""


class Authoring(Strict):
    """People's time in the taxonomy and its held-out examples: fixed, whatever is generated."""

    hours: float = Field(ge=0)
    usd_per_hour: float = Field(ge=0)


class Accelerate(Strict):
    """How training is launched: by a config file, or by a few fields."""

    config_file: str | None = None
    """A config file of `accelerate config`, relative to the recipe, in place of other fields."""
    processes: int = Field(1, gt=0)
    """Devices of this machine: GPUs, or parts of the CPU."""
    fsdp: bool = False
    """Spread weights, gradients and optimiser over the devices by PyTorch's FSDP2."""
    deepspeed: Literal[1, 2, 3] | None = None
    """The same by DeepSpeed: its ZeRO stage."""
    through: list[str] = []
    """What starts the launcher on several machines: `[srun, --nodes=2, --ntasks-per-node=1]`."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        fields = [name for name in ("fsdp", "deepspeed") if getattr(self, name)]
        if self.processes > 1:
            fields.append("processes")
        if self.config_file and fields:
            raise ValueError(f"`config_file` says this already; leave out {', '.join(fields)}")
        if self.fsdp and self.deepspeed:
            raise ValueError("give `fsdp` or `deepspeed`, not both")
        if fields in (["fsdp"], ["deepspeed"]):
            raise ValueError(f"`{fields[0]}` spreads over devices: give `processes`, two or more")
        return self


class RecipeFile(Strict):
    """A recipe as written."""

    name: str | None = None
    """The run's name; the file's name where not given."""
    seed: int = 1
    """Every request and trainer derives its own seed from it."""
    taxonomy: str | None = None
    """The taxonomy's folder, relative to the recipe."""
    models: dict[str, str | ModelConfig] = {}
    stages: dict[str, dict[str, Any]] = Field(min_length=1)
    budget: Limits | None = None
    """A ceiling on what the whole run may use; a model may have one of its own."""
    machine: Machine = Machine()
    authoring: Authoring | None = None
    """Without it the fixed cost is unknown, not zero."""
    baselines: str | None = None
    """A YAML file of human label costs in place of the shipped one, relative to the recipe."""
    accelerate: Accelerate = Accelerate()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input comes from: an earlier stage, a model, or the taxonomy."""

    stage: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a recipe with its inputs bound."""

    name: str
    stage: Stage
    sources: dict[str, list[Source]]
    inputs: dict[str, Input]

    def bound(self, *types: type) -> list[Source]:
        """The sources of its inputs, or of those of some types."""
        return [
            source
            for name, sources in self.sources.items()
            if not types or self.inputs[name].type in types
            for source in sources
        ]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe: its steps decide the results, the rest says where and at what price."""

    file: Path
    name: str
    seed: int
    settings: RecipeFile
    taxonomy: Path | None
    models: dict[str, tuple[Reference, ModelConfig]]
    steps: tuple[Step, ...]
    options: Mapping[str, str]
    """Those of the command line that gave values in place of the file's, by dotted path."""

    def at(self, dotted: str) -> str:
        """Where a value was given, for an error: in the file, or in an option."""
        return at(self.file, dotted, self.options)

    @property
    def baselines(self) -> Path | None:
        """The file of human label costs that the recipe names."""
        name = self.settings.baselines
        return self.file.parent / name if name else None

    @property
    def examined(self) -> list[str]:
        """Files of questions that models are asked, beside the taxonomy's."""
        return [file for step in self.steps for file in step.stage.asks()]

    def step(self, name: str) -> Step:
        """The step of a name; raises RecipeError with the nearest one."""
        for step in self.steps:
            if step.name == name:
                return step
        hint = nearest(name, [step.name for step in self.steps])
        raise RecipeError(f"{self.file}: no stage '{name}'{hint}")


def load_recipe(
    file: Path,
    overrides: list[str] | None = None,
    models: Mapping[str, str] | None = None,
) -> Recipe:
    """Read and check a recipe.

    `models` are references by name: other models in place of the file's. `overrides` are
    `a.b=value` texts, the value read as YAML; they may set what these models need.
    Raises RecipeError or ModelReferenceError with file, line, dotted path and nearest valid name.
    """
    data = load_yaml(file, RecipeError)
    if not isinstance(data, dict):
        raise RecipeError(f"{file}: a recipe is a mapping with `models` and `stages`")
    options = {override.partition("=")[0]: f"--set {override}" for override in overrides or []}
    for name, text in (models or {}).items():
        options[f"models.{name}"] = f"--{name} {text}"
        _replace_model(data, name, text, file)
    for override in overrides or []:
        _override(data, override)
    settings = parse(RecipeFile, data, file, error=RecipeError, options=options)
    return _Resolver(file, settings, options).recipe()


class _Resolver:
    """Binds names to stages and models, in order."""

    def __init__(self, file: Path, settings: RecipeFile, options: Mapping[str, str]) -> None:
        self.file = file
        self.settings = settings
        self.options = options
        self.models: dict[str, tuple[Reference, ModelConfig]] = {}
        self.returns: dict[str, type] = {}
        self.broken: set[str] = set()
        """Models and stages that are wrong themselves: what names them is not blamed for it."""

    def recipe(self) -> Recipe:
        found: list[InputError] = []
        for name, entry in self.settings.models.items():
            with self._noted(name, found):
                self._add_model(name, entry, f"models.{name}")
        steps = _guarding(tuple(self._steps(found)))
        raise_all(found)
        folder = self.file.parent
        taxonomy = folder / self.settings.taxonomy if self.settings.taxonomy else None
        name = self.settings.name or self.file.stem
        return Recipe(
            self.file,
            name,
            self.settings.seed,
            self.settings,
            taxonomy,
            self.models,
            steps,
            self.options,
        )

    def _at(self, dotted: str) -> str:
        return at(self.file, dotted, self.options)

    def _steps(self, found: list[InputError]) -> Iterator[Step]:
        for name, body in self.settings.stages.items():
            with self._noted(name, found):
                yield self._step(name, body)

    @contextmanager
    def _noted(self, name: str, found: list[InputError]) -> Iterator[None]:
        """Note what is wrong with a model or a stage, and that it is broken."""
        before = len(found)
        with collect_errors(found):
            yield
        if len(found) > before:
            self.broken.add(name)

    def _add_model(self, name: str, entry: str | ModelConfig, dotted: str) -> None:
        config = ModelConfig(ref=entry) if isinstance(entry, str) else entry
        try:
            reference = parse_reference(config.ref, self.file.parent)
        except ModelReferenceError as exc:
            raise ModelReferenceError(f"{self._at(dotted)}: {exc}") from exc
        self.models[name] = (reference, config)

    def _step(self, name: str, body: dict[str, Any]) -> Step:
        dotted = f"stages.{name}"
        if name.removesuffix(WEIGHTS) in self.models:
            raise RecipeError(f"{self._at(dotted)}: a model has this name already")
        use = body.get("use", name)
        kind = find_stage(str(use), self._at(f"{dotted}.use" if "use" in body else dotted))
        inputs = kind.inputs()
        found: list[InputError] = []
        try:
            sources = {}
            for key, entry in inputs.items():
                with collect_errors(found):
                    sources[key] = self._bind(name, entry, body.get(key))
            with collect_errors(found):
                stage = self._stage(kind, dotted, body, inputs)
            raise_all(found)
            return Step(name, stage, sources, inputs)
        finally:
            self.returns[name] = kind.returns()

    def _stage(
        self, kind: type[Stage], dotted: str, body: dict[str, Any], inputs: Mapping[str, Input]
    ) -> Stage:
        fields = {key: value for key, value in body.items() if key != "use" and key not in inputs}
        found: list[InputError] = []
        for key in [key for key in fields if key not in kind.model_fields]:
            hint = nearest(key, [*kind.model_fields, *inputs])
            place = self._at(f"{dotted}.{key}")
            found.append(RecipeError(f"{place}: unknown key '{key}'{hint}"))
            del fields[key]
        with collect_errors(found):
            stage = parse(kind, fields, self.file, dotted, RecipeError, self.options)
        raise_all(found)
        return stage

    def _bind(self, step: str, entry: Input, given: Any) -> list[Source]:
        where = self._at(f"stages.{step}.{entry.name}")
        if entry.type is Taxonomy:
            if self.settings.taxonomy is None and entry.required:
                raise RecipeError(f"{self.file}: stage '{step}' needs `taxonomy:` in the recipe")
            return [Source()] if self.settings.taxonomy else []
        if given is None:
            given = self._default(entry)
        if given is None:
            if entry.required and not self.broken:
                raise RecipeError(f"{where}: required input of type {entry.type.__name__}")
            return []
        names = given if isinstance(given, list) else [given]
        if not entry.many and isinstance(given, list):
            raise RecipeError(f"{where}: takes one name, not a list")
        return [self._source(str(name), entry, where) for name in names]

    def _default(self, entry: Input) -> str | None:
        if entry.name in (*self.models, *self.broken) and entry.type in (Model, Checkpoint):
            return entry.name
        if entry.type is Rows and entry.required:  # the rows made last
            made = [name for name, kind in self.returns.items() if kind is Rows]
            return made[-1] if made else None
        return None

    def _source(self, name: str, entry: Input, where: str) -> Source:
        if name in self.broken and name not in self.returns:
            return Source(stage=name)  # never run: the recipe is refused for what is broken
        if name in self.returns:
            made = self.returns[name]
            if made is entry.type or (made is Checkpoint and entry.type is Model):
                return Source(stage=name)
            raise RecipeError(
                f"{where}: stage '{name}' makes {made.__name__}, "
                f"but {entry.type.__name__} is needed"
            )
        if entry.type not in (Model, Checkpoint):
            hint = nearest(name, [n for n, kind in self.returns.items() if kind is entry.type])
            raise RecipeError(f"{where}: no earlier stage '{name}'{hint}")
        if name not in self.models and any(mark in name for mark in "/:."):
            self._add_model(name, name, where)
        if name not in self.models:
            checkpoints = [n for n, kind in self.returns.items() if kind is Checkpoint]
            raise RecipeError(
                f"{where}: no model or earlier stage '{name}'"
                f"{nearest(name, [*self.models, *checkpoints])}"
            )
        if entry.type is Checkpoint and self.models[name][0].kind in (
            "endpoint",
            "scripted",
        ):
            raise RecipeError(f"{where}: model '{name}' has no weights here that could be trained")
        return Source(model=name)


def _guarding(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, where those that guard what is held out know all files that models are asked."""
    asked = [file for step in steps for file in step.stage.asks()]
    return tuple(
        replace(step, stage=step.stage.guarding(asked)) if isinstance(step.stage, Guarded) else step
        for step in steps
    )


def _override(data: dict[str, Any], override: str) -> None:
    dotted, value = read_setting(override, RecipeError)
    *parents, last = dotted
    first = dotted[0]
    for section in ("stages", "models"):
        if first not in RecipeFile.model_fields and first in _mapping(data.get(section)):
            meant = f"{section}.{'.'.join(dotted)}"
            raise RecipeError(f"--set {override}: no '{first}'; did you mean '{meant}'?")
    node: Any = data
    for number, part in enumerate(parents):
        if not isinstance(node, dict):
            raise RecipeError(f"--set {override}: '{'.'.join(parents[:number])}' is not a mapping")
        known = set(node) | (set(RecipeFile.model_fields) if number == 0 else set())
        if part not in known:
            raise RecipeError(f"--set {override}: no '{part}'{nearest(part, known)}")
        if isinstance(node.get(part), str) and parents[0] == "models":
            node[part] = {"ref": node[part]}
        node = node.setdefault(part, {})
    if not isinstance(node, dict):
        raise RecipeError(f"--set {override}: '{'.'.join(parents)}' is not a mapping")
    node[last] = value


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _replace_model(data: dict[str, Any], name: str, text: str, file: Path) -> None:
    models = data.get("models")
    if not isinstance(models, dict) or name not in models:
        raise RecipeError(f"{file}: the recipe names no model '{name}' to replace")
    if text.startswith(
        ("./", "../", "~")
    ):  # typed on the command line: relative to where one stands
        text = str(Path(text).expanduser().resolve())
    elif text.endswith(".gguf") and not text.startswith("package:"):
        text = str(Path(text).resolve())
    models[name] = _left_of(_mapping(models[name]), text) | {"ref": text}


def _left_of(entry: dict[str, Any], text: str) -> dict[str, Any]:
    """What of a model's settings holds for another: its price, say, is not the other's.

    A key is for the server it was given for, and goes to no other. A command to serve weights
    serves the other's too where it says `{model}`.
    """
    stays = {*_OF_USE}
    if _server(text) == _server(str(entry.get("ref"))):
        stays.add("key_env")
    if not _server(text) and "{model}" in str(_mapping(entry.get("serve")).get("command")):
        stays.add("serve")
    going = set(ModelConfig.model_fields) - stays  # what is no setting stays, to be refused
    return {name: value for name, value in entry.items() if name not in going}


def _server(reference: str) -> str:
    """The scheme, host and port of a reference; empty where it names no server."""
    found = _SERVER.match(reference)
    return found.group().lower() if found else ""
