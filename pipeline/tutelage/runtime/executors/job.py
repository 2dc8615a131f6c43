"""A stage to be run, and what runs it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tutelage.accounting.ledger import Call, Entry
from tutelage.contract.context import Progress
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint
from tutelage.core.errors import InputError
from tutelage.core.plugins import find_part
from tutelage.models.budget import Budgets
from tutelage.models.journal import Journal
from tutelage.models.model import Model
from tutelage.runtime.keys import Given
from tutelage.runtime.record import Made
from tutelage.taxonomy.leaf import Taxonomy

EXECUTORS = {
    "local": "tutelage.runtime.executors.local:LocalExecutor",
    "processes": "tutelage.runtime.executors.processes:ProcessesExecutor",
    "ray": "tutelage.runtime.executors.ray:RayExecutor",
}
"""What can run stages, by short names; or a user's own, `module:Class`."""
JobInput = Made | Model | Taxonomy | Checkpoint
"""An artifact by its manifest and folder; a model, a taxonomy, or a model's folder as it is."""


@dataclass(frozen=True, slots=True)
class Job:
    """A stage to be run: all that decides its artifact, and where it goes."""

    name: str
    stage: Stage
    given: Given
    """The digests of its inputs, as the manifest names them."""
    inputs: dict[str, list[JobInput]]
    folder: Path
    """Where the artifact goes; an earlier build that did not finish may have left its work."""
    seed: int
    examined: tuple[Path, ...] = ()
    """Files of questions that no row may ask which a model is trained on."""
    taxonomy: Taxonomy | None = None
    """That of the recipe."""

    def load(self) -> dict[str, Any]:
        """The inputs, read: the arguments of `run`."""
        return self._arguments(lambda made: made.load())

    def stored(self) -> dict[str, Any]:
        """The same, but rows stay where they are (`StoredRows`)."""
        return self._arguments(lambda made: made.stored() or made.load())

    def _arguments(self, read: Callable[[Made], Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        wanted = self.stage.inputs()
        for name, values in self.inputs.items():
            loaded = [read(one) if isinstance(one, Made) else one for one in values]
            found[name] = loaded if wanted[name].many else loaded[0]
        return found


@dataclass(slots=True)
class RunServices:
    """What the jobs of one run share."""

    journal: Journal
    budgets: Budgets
    progress: Progress
    models: Mapping[str, Model]
    """The recipe's, for their prices."""
    accelerate: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    """What the user ran, shown as the way to continue."""

    def count(self, calls: Sequence[Call]) -> None:
        """Count what earlier runs used against the budgets, lost answers at their worst."""
        worst = self.journal.lost_before([call.lost for call in calls if call.lost])
        for call in calls:
            used = worst.get(call.lost, call.usage)
            if call.model in self.models:
                used = self.models[call.model].charged(used)
            self.budgets.count(call.model, call.key or call.lost, used)


class Executor(Protocol):
    """Runs stages: here, in another process, on another machine."""

    spent: list[Entry]
    """What its jobs spent, finished or not."""

    def run(self, job: Job) -> dict[str, Any]:
        """Run a job and return the manifest of its artifact, which is in the job's folder.

        Raises an error of ours that names the stage; what was paid for is kept all the same.
        """
        ...

    def release(self, keep: Collection[str] = ()) -> None:
        """Let go of what was held between jobs, but for the models of these identities."""
        ...


def find_executor(name: str, services: RunServices) -> Executor:
    """The executor of a short name or an import path, for one run.

    A short name may have an argument: `processes:8`, `ray:HOST:PORT`.
    """
    made, argument = _named(name)
    found: Executor = made(services, argument) if argument else made(services)
    return found


def check_executor(name: str, folder: Path, machines: int = 1, gpus: int = 1) -> None:
    """Raise InputError where an executor cannot run jobs whose files stand under a folder.

    One of a user's own may have a `check(argument, folder)`, as those here have, and, where it can
    spread a training over `machines` with so many `gpus` each, a `check_machines(argument,
    machines, gpus)`.
    """
    made, argument = _named(name)
    if check := getattr(made, "check", None):
        check(argument, folder)
    if machines == 1:
        return
    if not hasattr(made, "check_machines"):
        raise InputError(
            f"`accelerate: {{machines: {machines}}}` needs a Ray cluster: `--on ray`; with "
            "`--set accelerate.machines=1` it trains here"
        )
    made.check_machines(argument, machines, gpus)


def _named(name: str) -> tuple[Any, str]:
    """The class of an executor, and the argument given to it."""
    kind, _, argument = name.partition(":")
    if kind in EXECUTORS:
        return find_part(kind, EXECUTORS, "executor"), argument
    return find_part(name, EXECUTORS, "executor"), ""
