"""What a stage is: its fields are knobs, the arguments of `run` are inputs."""

import inspect
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.forecast import StageForecast
from tutelage.core.artifacts import ARTIFACTS, Artifact, Checkpoint, Rows, Scores
from tutelage.core.config import Strict
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_MAX_FAILED = 0.05
INPUT_TYPES: tuple[type, ...] = (Rows, Checkpoint, Scores, Model, Taxonomy)


@dataclass(frozen=True, slots=True)
class Input:
    """One argument of a stage's `run`."""

    name: str
    type: type
    many: bool
    """True for a list of them."""
    required: bool


class Stage(Strict):
    """A frozen set of knobs with one method, `run(context, ...) -> artifact`.

    Subclasses annotate `run` with Rows, Checkpoint, Scores, Model or Taxonomy, lists of them, or
    `X | None` with a default: the recipe is checked against these annotations before it runs.
    """

    version: ClassVar[int] = 1
    """Raise it when the same knobs and inputs would now give another result."""
    execution_only: ClassVar[dict[str, str]] = {}
    """Fields that do not change the result, each with the reason; those of parents count too."""

    def run(self, *args: Any, **kwargs: Any) -> Artifact:
        """Do the work; overridden with named inputs."""
        raise NotImplementedError

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find what can be found wrong ahead; raises InputError. Called before any model loads."""

    def asks(self) -> list[str]:
        """Files of questions that models are examined with: kept out of what they are trained on.

        Row files with `question`, `prompt` or `messages`.
        """
        return []

    def schema_inputs(self) -> tuple[str, ...]:
        """Inputs whose models are asked for answers that follow a JSON schema."""
        return ()

    def forecast(self, *args: Any, **kwargs: Any) -> StageForecast | None:
        """What the stage expects to do; None where it cannot say. See `tutelage.contract.forecast`.

        Overridden with `seen: Measurements`, then the inputs of `run` under their names there: a
        RowEstimate for Rows, the Taxonomy itself, the recipe's names for models and checkpoints.
        """
        return None

    @classmethod
    def inputs(cls) -> dict[str, Input]:
        """The inputs by name, read from the annotations of `run`."""
        hints = get_type_hints(cls.run)
        found = {}
        for parameter in list(inspect.signature(cls.run).parameters.values())[2:]:
            kind, many = _input_type(hints[parameter.name])
            if kind not in INPUT_TYPES:
                raise TypeError(f"{cls.__name__}.run: '{parameter.name}' has no input type")
            required = parameter.default is inspect.Parameter.empty
            found[parameter.name] = Input(parameter.name, kind, many, required)
        return found

    @classmethod
    def returns(cls) -> type[Artifact]:
        """The type of artifact that `run` returns."""
        returned = get_type_hints(cls.run)["return"]
        if returned not in ARTIFACTS.values():
            raise TypeError(f"{cls.__name__}.run must return Rows, Checkpoint or Scores")
        return returned  # type: ignore[no-any-return]

    @classmethod
    def use(cls) -> str:
        """The stage's import path, as a recipe's `use:` takes it."""
        return f"{cls.__module__}:{cls.__qualname__}"

    def identity(self) -> dict[str, Any]:
        """What of the stage itself decides the result: class, version, fields that count."""
        kind = type(self)
        left_out = {name for one in kind.__mro__ for name in vars(one).get("execution_only", {})}
        fields = {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if name not in left_out
        }
        return {"use": self.use(), "version": self.version} | fields


class Generating(Stage):
    """A stage that puts requests to models."""

    execution_only: ClassVar[dict[str, str]] = {
        "max_failed": "decides whether the stage ends, not what it makes"
    }

    max_failed: float = Field(_MAX_FAILED, ge=0, le=1)
    """Share of requests that may fail for good; their rows are rejected, each with its reason."""


def carry_out(stage: Stage, context: Context, inputs: Mapping[str, Any]) -> Artifact:
    """Run a stage; raises TooManyFailed where more of its requests failed than it allows."""
    artifact = stage.run(context, **inputs)
    allowed = stage.max_failed if isinstance(stage, Generating) else _MAX_FAILED
    context.failures.check(allowed)
    if failed := context.failures.in_words():
        context.progress.say(f"{context.stage}: {failed}")
    return artifact


def _input_type(hint: Any) -> tuple[type, bool]:
    """The input type inside `X`, `X | None` or `list[X]`."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return _input_type(inner[0]) if len(inner) == 1 else (object, False)
    if get_origin(hint) is list:
        return _input_type(get_args(hint)[0])[0], True
    return hint, False
