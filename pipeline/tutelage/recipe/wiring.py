"""Making the steps of a recipe: each stage is found, its fields read and its inputs bound."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tutelage.contract.inputs import Input
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows
from tutelage.core.config import at, parse
from tutelage.core.error_collector import collect_errors, raise_all
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.nearest import nearest
from tutelage.recipe.binding import Names
from tutelage.recipe.recipe import WEIGHTS, Recipe, Step
from tutelage.recipe.schema import RecipeFile
from tutelage.stages import find_stage


class Wiring:
    """Binds the names in a recipe to stages and models, in order; all that is wrong is gathered."""

    def __init__(self, file: Path, settings: RecipeFile, options: Mapping[str, str]) -> None:
        self.file = file
        self.settings = settings
        self.options = options
        self.names = Names(file, settings.taxonomy is not None)

    def recipe(self) -> Recipe:
        """The recipe; raises everything that is wrong with it at once."""
        found: list[InputError] = []
        for name, entry in self.settings.models.items():
            with self._noted(name, found):
                self.names.add_model(name, entry, self._at(f"models.{name}"))
        steps = tuple(self._steps(found))
        raise_all(found)
        return Recipe(
            file=self.file,
            name=self.settings.name or self.file.stem,
            seed=self.settings.seed,
            settings=self.settings,
            taxonomy=self.file.parent / self.settings.taxonomy if self.settings.taxonomy else None,
            models=self.names.models,
            steps=steps,
            options=self.options,
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
            self.names.broken.add(name)

    def _step(self, name: str, body: dict[str, Any]) -> Step:
        dotted = f"stages.{name}"
        if name.removesuffix(WEIGHTS) in self.names.models:
            raise RecipeError(f"{self._at(dotted)}: a model has this name already")
        use = body.get("use", name)
        kind = find_stage(str(use), self._at(f"{dotted}.use" if "use" in body else dotted))
        inputs = kind.inputs()
        first_rows = next((n for n, one in inputs.items() if one.type is Rows), "")
        found: list[InputError] = []
        try:
            sources = {}
            for key, entry in inputs.items():
                where = self._at(f"{dotted}.{key}")
                with collect_errors(found):
                    given, first = body.get(key), key == first_rows
                    sources[key] = self.names.bind(name, entry, given, where, first=first)
            with collect_errors(found):
                stage = self._stage(kind, dotted, body, inputs)
            raise_all(found)
            return Step(name, stage, sources, inputs)
        finally:
            self.names.returns[name] = kind.returns()

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
