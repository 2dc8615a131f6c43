"""What a stage works with: its folder and seed, the journal and ledger, how it asks models."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from tutelage.accounting.ledger import Ledger
from tutelage.contract.machines import Machines
from tutelage.contract.workers import HereWorkers, Workers
from tutelage.core.digests import derive_seed
from tutelage.core.disk_errors import writing
from tutelage.models.batch_records import BATCHES, BatchRecords
from tutelage.models.budget import Budgets
from tutelage.models.chat import Completion, Request
from tutelage.models.client import Client
from tutelage.models.engine_pool import Pool
from tutelage.models.failures import Failures
from tutelage.models.journal import JOURNAL, Journal
from tutelage.models.model import Model
from tutelage.models.prompt_marks import without_marks

_SPEND_EVERY = 50
"""Answers between two looks at the ledger, which has an entry for each leaf."""
Unit = TypeVar("Unit")


class Progress(Protocol):
    """Where a stage reports how far it is."""

    stage: str
    spend: str
    """What the stage has spent so far, in words."""
    used: Mapping[str, Any]
    """What its answers took so far, also those that were paid for before: a `Usage` as JSON."""

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
    used: Mapping[str, Any] = MappingProxyType({})

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
    """How training is launched: `config_file`, or `processes` and `machines`."""
    workers: Workers = field(default_factory=HereWorkers)
    """Who does the parts of a stage that works shard by shard."""
    machines: Machines | None = None
    """What a training may be spread over; None where there is this machine only."""
    failures: Failures = field(default_factory=Failures)
    """The stage's requests that failed for good."""

    def complete(
        self, model: Model, requests: Iterable[Request], *, judging: bool = False
    ) -> Iterator[Completion]:
        """Answer requests through the journal; uses are charged to this stage.

        One that fails for good comes back `failed`; `carry_out` says when these are too many.
        `judging` is for verdicts, whose cost is kept apart from what the same model writes.
        """
        client = Client(
            model,
            lambda: self.pool.engine(model, self._batches),
            self.journal,
            self.ledger,
            self.stage,
            self.budgets.of(model),
            judging=judging,
            first=self.failures.first(model),
        )
        for number, completion in enumerate(client.complete(requests)):
            if number % _SPEND_EVERY == 0:
                self._tell_spend()
            self.failures.count(completion)
            self.failures.judge(model, completion)
            yield completion
        self._tell_spend()

    def _tell_spend(self) -> None:
        self.progress.spend = _spend(self.ledger)
        self.progress.used = self.ledger.total().to_json()

    def answers(
        self, model: Model, requests: Collection[Request], *, judging: bool = False
    ) -> dict[str, Completion]:
        """Every answer by its request's id, with progress; marks of the prompt end its text."""
        self.progress.start(len(requests), "answers")
        found = {}
        for completion in self.complete(model, requests, judging=judging):
            found[completion.request.id] = without_marks(completion)
            self.progress.advance()
        return found

    def sample(self, units: Sequence[Unit], leaf: str) -> Sequence[Unit]:
        """The rows of a leaf to try for: all, or what a pilot tries of them.

        For stages that ask something beforehand, so that a pilot asks it for these alone.
        """
        return units

    @property
    def _batches(self) -> BatchRecords:
        """Where batches under way are noted, beside the journal that takes their answers."""
        return BatchRecords(self.journal.file.parent / BATCHES, self.progress.say)

    def seed_for(self, *parts: Any) -> int:
        """A seed of its own for a row, a sample or a trainer."""
        return derive_seed(self.seed, self.stage, *parts)


def local_context(
    folder: Path, stage: str = "stage", seed: int = 1, progress: Progress | None = None
) -> Context:
    """A context for one stage used alone; `folder` takes its journal and whatever it writes."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / JOURNAL)
    return Context(stage, folder, seed, journal, Ledger(), progress or Silent())


def _spend(ledger: Ledger) -> str:
    """What a stage has spent now, in words; nothing where models cost nothing but time."""
    spent = ledger.spent()
    if spent.usd is None:
        return f"{spent.output_tokens} tokens, price unknown"
    return f"${spent.usd:.4f}" if spent.usd else ""
