"""A checked recipe: typed steps in order, each with its inputs bound."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tutelage.contract.inputs import Input
from tutelage.contract.stage import Stage
from tutelage.core.config import at
from tutelage.core.errors import RecipeError
from tutelage.core.nearest import nearest
from tutelage.models.model import ModelConfig
from tutelage.models.reference import Reference
from tutelage.recipe.schema import RecipeFile

WEIGHTS = "-weights"
"""How the name ends under which a run shows the import of a model's weights."""


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

    def passed_on(self) -> list[Source]:
        """The sources of the inputs whose rows go on into what it makes."""
        return [source for name in self.stage.passes_on for source in self.sources.get(name, ())]


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
    def documents(self) -> tuple[Path, ...]:
        """Folders outside of the taxonomy that it may read documents from."""
        named = (Path(name).expanduser() for name in self.settings.documents)
        return tuple(self.file.parent / path for path in named)

    @property
    def baselines(self) -> Path | None:
        """The file of human label costs that the recipe names."""
        name = self.settings.baselines
        return self.file.parent / name if name else None

    @property
    def examined(self) -> list[Path]:
        """Files of questions that models are asked, beside the taxonomy's."""
        return [file for step in self.steps for file in step.stage.benchmark_files()]

    def step(self, name: str) -> Step:
        """The step of a name; raises RecipeError with the nearest one."""
        for step in self.steps:
            if step.name == name:
                return step
        hint = nearest(name, [step.name for step in self.steps])
        raise RecipeError(f"{self.file}: no stage '{name}'{hint}")
