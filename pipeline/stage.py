"""What a stage is: fields are knobs, arguments of `run` inputs; the context says where and how."""

import inspect
import types
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import Field

from pipeline.artifacts import ARTIFACTS, Artifact, Checkpoint, Rows, Scores
from pipeline.config import Strict
from pipeline.forecast import Outlook
from pipeline.ledger import Ledger
from pipeline.models import Client, Completion, Model, Request
from pipeline.models.budget import Budgets
from pipeline.models.engines import Pool
from pipeline.models.failures import FIRST, Failures
from pipeline.models.journal import JOURNAL, Journal
from pipeline.store import derive_seed
from pipeline.taxonomy import Taxonomy

_SPEND_EVERY = 50
"""Answers between two looks at the ledger, which has an entry for each leaf."""
_MAX_FAILED = 0.05
Unit = TypeVar("Unit")
INPUT_TYPES: tuple[type, ...] = (Rows, Checkpoint, Scores, Model, Taxonomy)


class Progress(Protocol):
    """Where a stage reports how far it is."""

    stage: str
    spend: str
    """What the stage has spent so far, in words."""

    def start(self, total: int, unit: str) -> None:
        """Begin counting to `total`."""
        ...

    def advance(self, count: int = 1) -> None:
        """Count on."""
        ...

    def say(self, text: str) -> None:
        """Print one line for the user."""
        ...


class Silent:
    """Progress that is shown nowhere."""

    stage = ""
    spend = ""

    def start(self, total: int, unit: str) -> None:
        """Nothing to show."""

    def advance(self, count: int = 1) -> None:
        """Nothing to show."""

    def say(self, text: str) -> None:
        """Nothing to show."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where and how a stage runs; nothing in it changes what the stage makes, except the seed."""

    stage: str
    folder: Path
    """Where the artifact is built; what an interrupted run left is still there."""
    seed: int
    journal: Journal
    ledger: Ledger
    progress: Progress
    pool: Pool = field(default_factory=Pool)
    budgets: Budgets = field(default_factory=Budgets)
    """What may still be used, of the recipe's budget and of each model's."""
    accelerate: dict[str, Any] = field(default_factory=dict)
    """How training is launched: `config_file`, or `processes`."""
    failures: Failures = field(default_factory=Failures)
    """The stage's requests that failed for good."""

    def complete(
        self, model: Model, requests: Iterable[Request], *, judging: bool = False
    ) -> Iterator[Completion]:
        """Answer requests through the journal; uses are charged to this stage.

        One that fails for good comes back `failed`; `carry_out` says when these are too many.
        `judging` is for verdicts, whose cost is told apart from what the same model writes.
        """
        client = Client(
            model,
            lambda: self.pool.engine(model),
            self.journal,
            self.ledger,
            self.stage,
            self.budgets.of(model),
            judging=judging,
            first=self.failures.first(model),
        )
        for number, completion in enumerate(client.complete(requests)):
            if number % _SPEND_EVERY == 0:
                self.progress.spend = _spend(self.ledger)
            self.failures.count(completion)
            self.failures.judge(model, completion)
            yield completion

    def answers(
        self, model: Model, requests: Collection[Request], *, judging: bool = False
    ) -> dict[str, Completion]:
        """Every answer by its request's id, with progress."""
        self.progress.start(len(requests), "answers")
        found = {}
        for completion in self.complete(model, requests, judging=judging):
            found[completion.request.id] = completion
            self.progress.advance()
        return found

    def sample(self, units: Sequence[Unit], leaf: str) -> Sequence[Unit]:
        """The rows of a leaf to try for: all, or what a pilot tries of them.

        For stages that ask something beforehand, so that a pilot asks it for these alone.
        """
        return units

    def seed_for(self, *parts: Any) -> int:
        """A seed of its own for a row, a sample or a trainer."""
        return derive_seed(self.seed, self.stage, *parts)


def local_context(
    folder: Path, stage: str = "stage", seed: int = 1, progress: Progress | None = None
) -> Context:
    """A context for one stage used alone; `folder` takes its journal and whatever it writes."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / JOURNAL)
    return Context(stage, folder, seed, journal, Ledger(), progress or Silent())


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

    def forecast(self, *args: Any, **kwargs: Any) -> Outlook | None:
        """What the stage expects to do; None where it cannot say. See `pipeline.forecast`.

        Overridden with `seen: Seen`, then the inputs of `run` under their names there: a Supply for
        Rows, the Taxonomy itself, the recipe's names for models and checkpoints.
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
        "max_failed": "decides whether the stage ends, not what it makes",
        "give_up_after": "decides whether the stage ends, not what it makes",
    }

    max_failed: float = Field(_MAX_FAILED, ge=0, le=1)
    """Share of requests that may fail for good; their rows are rejected, each with its reason."""
    give_up_after: int = Field(FIRST, ge=0)
    """The stage ends where none of so many first answers of a model can be used, because they were
    cut or empty; 0 for never."""


def carry_out(stage: Stage, context: Context, inputs: Mapping[str, Any]) -> Artifact:
    """Run a stage; raises TooManyFailed where more of its requests failed than it allows."""
    if isinstance(stage, Generating):
        context.failures.give_up_after = stage.give_up_after
    artifact = stage.run(context, **inputs)
    allowed = stage.max_failed if isinstance(stage, Generating) else _MAX_FAILED
    context.failures.check(allowed)
    if failed := context.failures.in_words():
        context.progress.say(f"{context.stage}: {failed}")
    return artifact


def _spend(ledger: Ledger) -> str:
    """What a stage has spent now, in words; nothing where models cost nothing but time."""
    spent = ledger.spent()
    if spent.usd is None:
        return f"{spent.output_tokens} tokens, price unknown"
    return f"${spent.usd:.4f}" if spent.usd else ""


def _input_type(hint: Any) -> tuple[type, bool]:
    """The input type inside `X`, `X | None` or `list[X]`."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return _input_type(inner[0]) if len(inner) == 1 else (object, False)
    if get_origin(hint) is list:
        return _input_type(get_args(hint)[0])[0], True
    return hint, False
