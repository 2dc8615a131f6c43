"""Running stages in this process: one after the other, models kept open between them."""

import contextlib
import time
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any

from tutelage.accounting.energy import Energy
from tutelage.accounting.ledger import CALLS, Entry, Ledger, Usage, load_calls
from tutelage.contract.context import Context
from tutelage.contract.empty_stage import why_empty
from tutelage.contract.machines import Machines
from tutelage.contract.stage import carry_out, carry_out_on_shards, works_on_shards
from tutelage.contract.workers import Workers
from tutelage.core.artifacts import Artifact
from tutelage.core.errors import InputError
from tutelage.core.hardware import cores
from tutelage.core.stored_rows import StoredRows
from tutelage.models.chat import Engine
from tutelage.models.engine_pool import Pool
from tutelage.models.model import Model
from tutelage.models.spread.messages import Helpers
from tutelage.models.spread.spread_engine import FEWEST, Spread, share_of, spreads
from tutelage.runtime.contamination_check import refuse_examined
from tutelage.runtime.executors import unfinished
from tutelage.runtime.executors.job import Job, RunServices
from tutelage.runtime.executors.process_workers import ProcessWorkers
from tutelage.runtime.record import contents, in_stage, manifest

_MANY = 5
"""Parts that are worth starting processes for: each starts in a second or two."""
_FAILURES = ".failures.jsonl"
"""Where a build notes what failed answers used, until it is finished."""


class LocalExecutor:
    """Runs jobs here and now."""

    def __init__(self, services: RunServices) -> None:
        self.spent: list[Entry] = []
        self._services = services
        self._pool = Pool(self._elsewhere)

    @cached_property
    def workers(self) -> Workers:
        """Who works shard by shard: this process, or all cores where shards are many."""
        return ProcessWorkers(cores(), _MANY)

    @property
    def bucket(self) -> str:
        """Where processes that ask a model write their journals; empty for beside the run's own."""
        return ""

    @property
    def machines(self) -> Machines | None:
        """What trainings may be spread over: nothing but this machine."""
        return None

    @staticmethod
    def check(argument: str, folder: Path) -> None:
        """Raise InputError where jobs whose files stand under a folder cannot be run."""
        if argument:
            raise InputError(f"'local:{argument}': `local` takes no argument")

    def run(self, job: Job) -> dict[str, Any]:
        """Run a job into its folder; see `Executor`."""
        context, read = self.context(job.name, job.folder, job.seed), contents(job.stage)
        earlier, began = unfinished.begin(job.folder), time.monotonic()
        try:
            with Energy() as energy:
                inputs, artifact = self._carry_out(job, context)
                content = artifact.save(job.folder)
        except (Exception, KeyboardInterrupt) as exc:
            own = self._keep(context.ledger, job.name, began)
            with contextlib.suppress(OSError):  # a full disk perhaps: the first error is told
                unfinished.interrupted(job.folder, own)
            raise in_stage(exc, job.name, self._services.command) from exc
        self._keep(context.ledger, job.name, began)
        context.ledger.add(job.name, "*", "", Usage(seconds=earlier), now=False)
        context.ledger.save(job.folder / "ledger.jsonl")
        context.ledger.save_calls(job.folder / CALLS)
        unfinished.finished(job.folder)
        (job.folder / _FAILURES).unlink(missing_ok=True)
        written = manifest(job.name, job.stage, job.given, artifact, content, context.ledger)
        empty = why_empty(job.stage, artifact, inputs, context.ledger.total().requests)
        written |= {"seed": job.seed, "seconds": time.monotonic() - began, "empty": empty}
        return written | {"contents": read, "joules": energy.joules}

    def _carry_out(
        self, job: Job, context: Context
    ) -> tuple[dict[str, Any], Artifact | StoredRows]:
        """A job's inputs, and what its stage makes of them; of many rows shard by shard."""
        if works_on_shards(job.stage):
            stored = job.stored()
            made = carry_out_on_shards(job.stage, context, stored)
            if made is not None:
                return stored, made
        inputs = job.load()
        refuse_examined(job.stage, inputs.values(), job.taxonomy, job.examined)
        return inputs, carry_out(job.stage, context, inputs)

    def release(self, keep: Collection[str] = ()) -> None:
        """Close the models that are not kept."""
        self._pool.release(keep=keep)
        self.workers.close()

    def context(self, name: str, folder: Path, seed: int) -> Context:
        """The context of a stage, with what failed answers used in builds that did not finish."""
        self._services.progress.stage = name
        failures = load_calls(folder / _FAILURES)
        self._services.count(failures)
        ledger = Ledger(folder / _FAILURES, folder / f".{CALLS}")
        for call in failures:
            ledger.call(name, call, now=False)
        return Context(
            stage=name,
            folder=folder,
            seed=seed,
            journal=self._services.journal,
            ledger=ledger,
            progress=self._services.progress,
            pool=self._pool,
            budgets=self._services.budgets,
            accelerate=self._services.accelerate,
            workers=self.workers,
            machines=self.machines,
        )

    def _elsewhere(self, model: Model) -> Engine | None:
        """The engine of a model that several processes ask; None where this one does."""
        count = min(self._askers(), model.config.in_flight // FEWEST)
        if count < 2 or not spreads(model):
            return None
        helpers = self._helpers(share_of(model, count), count)
        return Spread(model, helpers, self._services.journal.file, self.bucket)

    def _askers(self) -> int:
        """How many processes may ask a model."""
        return 1

    def _helpers(self, model: Model, count: int) -> Helpers:
        """Processes that ask it."""
        raise NotImplementedError

    def _keep(self, ledger: Ledger, name: str, began: float) -> float:
        """Charge the stage's own machine time, which no answer accounts for, and return it."""
        own = max(0.0, time.monotonic() - began - ledger.spent().seconds)
        ledger.add(name, "*", "", Usage(seconds=own))
        self.spent += ledger.entries()
        return own
