"""Running stages here, and the parts of those that work shard by shard in so many processes."""

from functools import cached_property
from pathlib import Path

from tutelage.contract.workers import Workers
from tutelage.core.errors import InputError
from tutelage.core.hardware import cores
from tutelage.models.model import Model
from tutelage.models.spread.messages import Helpers
from tutelage.runtime.executors.job import RunServices
from tutelage.runtime.executors.local import LocalExecutor
from tutelage.runtime.executors.process_helpers import ProcessHelpers
from tutelage.runtime.executors.process_workers import ProcessWorkers


class ProcessesExecutor(LocalExecutor):
    """Runs jobs here; `processes:8` does shards in eight processes, `processes` in one per core."""

    def __init__(self, services: RunServices, argument: str = "") -> None:
        super().__init__(services)
        self.check(argument, Path())
        self._count = int(argument) if argument else cores()

    @staticmethod
    def check(argument: str, folder: Path) -> None:
        """Raise InputError for what is no number of processes."""
        if argument and (not argument.isdigit() or not int(argument)):
            raise InputError(
                f"'processes:{argument}': give a number of processes, as in `processes:8`"
            )

    @cached_property
    def workers(self) -> Workers:
        """The processes, started when there is work for them."""
        return ProcessWorkers(self._count)

    def _askers(self) -> int:
        return self._count

    def _helpers(self, model: Model, count: int) -> Helpers:
        return ProcessHelpers(model, count)
