"""Reading a recipe: a strict YAML file becomes typed steps, before anything is loaded or spent."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from tutelage.core.config import load_yaml, parse
from tutelage.core.errors import RecipeError
from tutelage.curation.filters.guarded import Guarded
from tutelage.recipe.overrides import replace_model, set_value
from tutelage.recipe.recipe import Recipe
from tutelage.recipe.schema import RecipeFile
from tutelage.recipe.shipped import find_taxonomy
from tutelage.recipe.wiring import Wiring

Stages = dict[str, dict[str, Any]]
"""Settings of stages, by name, in their order."""
NOTHING: Mapping[str, Stages] = {}


def load_recipe(
    file: Path,
    overrides: list[str] | None = None,
    models: Mapping[str, str] | None = None,
    taxonomy: str | Path | None = None,
    before: Mapping[str, Stages] = NOTHING,
) -> Recipe:
    """Read and check a recipe.

    `models` are references by name: other models in place of the file's; `taxonomy` is a folder in
    place of its own, as seen from where one stands. `overrides` are `a.b=value` texts, the value
    read as YAML; they may set what these models need. `before` are stages that go before one of the
    file's own.
    Raises RecipeError or ModelReferenceError with file, line, dotted path and nearest valid name.
    """
    data = load_yaml(file, RecipeError)
    if not isinstance(data, dict):
        raise RecipeError(f"{file}: a recipe is a mapping with `models` and `stages`")
    options = {override.partition("=")[0]: f"--set {override}" for override in overrides or []}
    for name, text in (models or {}).items():
        options[f"models.{name}"] = f"--{name} {text}"
        replace_model(data, name, text, file)
    if taxonomy is not None:
        options["taxonomy"] = f"--taxonomy {taxonomy}"
        data["taxonomy"] = str(find_taxonomy(taxonomy))
    if before:
        stages = [
            (*before.get(name, {}).items(), (name, one)) for name, one in data["stages"].items()
        ]
        data["stages"] = dict(chain.from_iterable(stages))
    for override in overrides or []:
        set_value(data, override)
    settings = parse(RecipeFile, data, file, error=RecipeError, options=options)
    return _guarding(Wiring(file, settings, options).recipe())


def _guarding(recipe: Recipe) -> Recipe:
    """The recipe, where stages that guard what is held out know all files that models are asked."""
    steps = tuple(
        replace(step, stage=step.stage.guarding(recipe.examined))
        if isinstance(step.stage, Guarded)
        else step
        for step in recipe.steps
    )
    return replace(recipe, steps=steps)
