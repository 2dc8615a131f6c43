"""What a stage is: its fields are knobs, the arguments of `run` are inputs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.inputs import Input, inputs_of, returned_by
from tutelage.contract.known_inputs import Known
from tutelage.core.artifacts import Artifact, Row
from tutelage.core.by_content import counted
from tutelage.core.config import Part
from tutelage.core.stored_rows import StoredRows
from tutelage.models.failures import FIRST
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_MAX_FAILED = 0.05
Result = TypeVar("Result", covariant=True)


class Runs(Protocol[Result]):
    """What has a stage's `run`: calling it makes what that makes."""

    def run(self, *args: Any, **kwargs: Any) -> Result:
        """Do the work."""
        ...


class Stage(Part):
    """A frozen set of knobs with one method, `run(context, ...) -> artifact`.

    Subclasses annotate `run` with Rows, Checkpoint, Scores, Model or Taxonomy, lists of them, or
    `X | None` with a default: the recipe is checked against these annotations before it runs.
    """

    version: ClassVar[int] = 1
    """Raise it when the same knobs and inputs would now give another result."""
    execution_only: ClassVar[dict[str, str]] = {
        "allow_empty": "decides whether the run goes on, not what the stage makes"
    }
    """Fields that do not change the result, each with the reason; those of parents count too."""
    keeps_prompts: ClassVar[bool] = False
    """Whether the rows made have the prompts of the rows given: such as are known before a run are
    looked at then for what models are examined with."""

    passes_on: ClassVar[tuple[str, ...]] = ("rows",)
    """The inputs whose rows go on into what it makes; rows of the others are only looked at."""

    leaves_out: ClassVar[bool] = False
    """Whether the rows made are such as were given, some left out: nothing is known of the others
    that is not known of all."""

    allow_empty: bool = False
    """The run goes on where the stage had rows to make and keeps none; else it stops there, with
    the most frequent reasons."""

    def run(self, *args: Any, **kwargs: Any) -> Artifact:
        """Do the work; overridden with named inputs."""
        raise NotImplementedError

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """Do the work without holding all rows; None where `run` is to do it.

        Inputs are as for `run`, but rows are StoredRows, not read yet. What is returned is written
        into the context's folder. It must be what `run` would make.
        """
        return None

    def __call__(
        self: Runs[Result],
        *inputs: Any,
        folder: str | Path | None = None,
        seed: int = 1,
        quiet: bool = False,
        **named: Any,
    ) -> Result:
        """Use the stage alone: `Filter(filters=["exact_duplicate"])(rows).kept`.

        Inputs are those of `run`, in its order or by name, as they come. Rows: a list of dicts, a
        `datasets.Dataset`, Rows, or the path of a file; a list of these where `run` takes a list.
        A model or a checkpoint: a reference as text (`http://host/v1#name`, `./folder`, ...) or as
        in a recipe, `{"ref": ..., "key_env": ...}`. A taxonomy or scores: the folder.

        The result is also written to `folder`, where answers paid for are kept too: called again
        with the same folder, none is asked for twice. Without one it is a temporary folder, which
        stays only where a training leaves its checkpoint there. `quiet` shows no progress.
        Raises InputError for what is wrong with an input, before a model is loaded.
        """
        from tutelage.contract.call_stage import call_stage  # which needs the class made here

        return call_stage(self, inputs, named, folder, seed, quiet=quiet)  # type: ignore[arg-type, return-value]

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find what can be found wrong ahead; raises InputError. Called before any model loads."""

    def check_inputs(self, given: Mapping[str, int], taxonomy: Taxonomy | None) -> None:
        """The same for what depends on which inputs are there: how many are given, by name."""

    def check_models(self, models: Mapping[str, Model], taxonomy: Taxonomy | None) -> None:
        """The same for what depends on the models that a recipe gives for inputs, by name."""

    def check_known(self, known: Known, taxonomy: Taxonomy | None) -> None:
        """The same for what inputs are, as far as that is known before a run."""

    def benchmark_files(self) -> list[Path]:
        """Files of questions that models are examined with: kept out of what they are trained on.

        Row files with `question`, `prompt` or `messages`.
        """
        return []

    def known_rows(self) -> list[Row]:
        """The rows that the stage will make, where files tell them before a run."""
        return []

    def schema_inputs(self) -> tuple[str, ...]:
        """Inputs whose models are asked for answers that follow a JSON schema."""
        return ()

    @classmethod
    def inputs(cls) -> dict[str, Input]:
        """The inputs by name, read from the annotations of `run`."""
        return inputs_of(cls.run)

    @classmethod
    def returns(cls) -> type[Artifact]:
        """The type of artifact that `run` returns."""
        return returned_by(cls.run)

    @classmethod
    def use(cls) -> str:
        """The stage's import path, as a recipe's `use:` takes it."""
        return f"{cls.__module__}:{cls.__qualname__}"

    def identity(self) -> dict[str, Any]:
        """What of the stage itself decides the result: class, version, fields that count.

        A field that names a file counts by its content (see `core.by_content`).
        """
        kind = type(self)
        left_out = {name for one in kind.__mro__ for name in vars(one).get("execution_only", {})}
        fields = {name: value for name, value in counted(self).items() if name not in left_out}
        return {"use": self.use(), "version": self.version} | fields


class Generating(Stage):
    """A stage that puts requests to models."""

    execution_only: ClassVar[dict[str, str]] = {
        "max_failed": "decides whether the stage ends, not what it makes",
        "give_up_after": "decides whether the stage ends, not what it makes",
    }

    max_failed: float = Field(_MAX_FAILED, ge=0, le=1)
    """Share of requests that may fail for good; their rows are rejected, each with its reason."""
    give_up_after: int = Field(FIRST, ge=0)
    """The stage ends where none of so many first answers of a model can be used, because they were
    cut or empty; 0 for never."""


def works_on_shards(stage: Stage) -> bool:
    """Whether a stage may work without holding all rows: not where a class of somebody's own has
    another `run` than the class whose work on shards it inherits."""
    run, on_shards = (
        next(one for one in type(stage).__mro__ if name in vars(one))
        for name in ("run", "run_on_shards")
    )
    return on_shards is not Stage and issubclass(on_shards, run)


def carry_out(stage: Stage, context: Context, inputs: Mapping[str, Any]) -> Artifact:
    """Run a stage; raises TooManyFailed where more of its requests failed than it allows."""
    with _failures_checked(stage, context):
        return stage.run(context, **inputs)


def carry_out_on_shards(
    stage: Stage, context: Context, inputs: Mapping[str, Any]
) -> StoredRows | None:
    """The same without holding all rows; None where the stage is to be run with them."""
    with _failures_checked(stage, context):
        return stage.run_on_shards(context, inputs)


@contextmanager
def _failures_checked(stage: Stage, context: Context) -> Iterator[None]:
    if isinstance(stage, Generating):
        context.failures.give_up_after = stage.give_up_after
    yield
    context.failures.check(stage.max_failed if isinstance(stage, Generating) else _MAX_FAILED)
    if failed := context.failures.in_words():
        context.progress.say(f"{context.stage}: {failed}")
