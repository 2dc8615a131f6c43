"""Where a stage's input comes from: an earlier stage, a model of the recipe, or the taxonomy."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.contract.inputs import Input
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.core.errors import ModelReferenceError, RecipeError
from tutelage.core.nearest import nearest
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import Reference, parse_reference
from tutelage.recipe.recipe import Source
from tutelage.taxonomy.leaf import Taxonomy


@dataclass(slots=True)
class Names:
    """The names in a recipe so far: its models, and what the stages read already make."""

    file: Path
    has_taxonomy: bool
    models: dict[str, tuple[Reference, ModelConfig]] = field(default_factory=dict)
    returns: dict[str, type] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Models and stages that are wrong themselves: what names them is not blamed for it."""

    def add_model(self, name: str, entry: str | ModelConfig, where: str) -> None:
        """Note a model; raises ModelReferenceError for a reference that names nothing usable."""
        config = ModelConfig(ref=entry) if isinstance(entry, str) else entry
        try:
            reference = parse_reference(config.ref, self.file.parent)
        except ModelReferenceError as exc:
            raise ModelReferenceError(f"{where}: {exc}") from exc
        self.models[name] = (reference, config)

    def bind(self, step: str, entry: Input, given: Any, where: str, *, first: bool) -> list[Source]:
        """Where an input of a step comes from: what is given for it, else what fits by default.

        Of several inputs of rows only the `first` has a default.
        """
        if entry.type is Taxonomy:
            if entry.required and not self.has_taxonomy:
                raise RecipeError(f"{self.file}: stage '{step}' needs `taxonomy:` in the recipe")
            return [Source()] if self.has_taxonomy else []
        if given is None:
            given = self._default(entry, first=first)
        if given is None:
            if entry.required and not self.broken:
                raise RecipeError(f"{where}: required input of type {entry.type.__name__}")
            return []
        names = given if isinstance(given, list) else [given]
        if not entry.many and isinstance(given, list):
            raise RecipeError(f"{where}: takes one name, not a list")
        return [self._source(str(name), entry, where) for name in names]

    def _default(self, entry: Input, *, first: bool) -> str | None:
        if entry.name in (*self.models, *self.broken) and entry.type in (Model, Checkpoint):
            return entry.name
        if entry.type is Rows and entry.required and first:  # the rows made last
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
            self.add_model(name, name, where)
        if name not in self.models:
            checkpoints = [n for n, kind in self.returns.items() if kind is Checkpoint]
            raise RecipeError(
                f"{where}: no model or earlier stage '{name}'"
                f"{nearest(name, [*self.models, *checkpoints])}"
            )
        kind = self.models[name][0].kind
        if entry.type is Checkpoint and kind in ("endpoint", "scripted"):
            raise RecipeError(f"{where}: model '{name}' has no weights here that could be trained")
        return Source(model=name)
