"""What `tutelage plan` does: what a run would find, do, need and cost, before it is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from tutelage.contract.context import Progress, Silent
from tutelage.core.error_collector import collect_errors
from tutelage.core.errors import InputError
from tutelage.core.store import Store
from tutelage.planning.checks import Checks, check_all
from tutelage.planning.estimator import Estimator
from tutelage.planning.pilot import run_pilot
from tutelage.planning.pilot_results import Measured
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.plan_tables import tables, to_json
from tutelage.planning.undivided import undivided
from tutelage.recipe.recipe import Recipe
from tutelage.recipe.unused_labels import unused_labels
from tutelage.runtime.executors.job import check_executor
from tutelage.runtime.keys import Keys
from tutelage.taxonomy.leaf import Taxonomy


@dataclass(frozen=True, slots=True)
class Plan:
    """A forecast with everything that was checked for it."""

    recipe: Recipe
    taxonomy: Taxonomy | None
    lines: list[PlanLine]
    checks: Checks
    pilot: Measured | None

    def shown(self) -> RenderableType:
        """Tables for people."""
        return tables(self.recipe, self.taxonomy, self.lines, self.checks, self.pilot)

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        return to_json(self.recipe, self.lines, self.checks, self.pilot)


def plan_recipe(
    recipe: Recipe,
    store: Store,
    progress: Progress | None = None,
    pilot: int | None = None,
    folder: Path | None = None,
    on: str = "local",
) -> Plan:
    """Plan a recipe, with a pilot of so many rows per generating stage where one is wanted.

    Without a pilot no model is asked and nothing is spent. Raises InputError with everything that
    is wrong with the recipe itself; what is wrong with its surroundings is in `checks.problems`.
    `folder` is the run's: what people decided there is noted where the recipe does not use it. `on`
    is what would run the recipe.
    """
    keys = Keys(recipe, unfinished=not pilot)
    keys.check()
    measured = run_pilot(keys, store, progress or Silent(), pilot) if pilot else None
    estimator = Estimator(keys, store, measured)
    lines = estimator.lines()
    checks = check_all(keys, estimator.rates, lines, store)
    with collect_errors(problems := list[InputError]()):
        how = recipe.settings.accelerate
        check_executor(on, store.folder, how.machines, how.processes)
    checks.problems += map(str, problems)
    checks.warnings += undivided(recipe.steps)
    if folder is not None and (note := unused_labels(recipe, folder)):
        checks.warnings.append(note)
    if keys.taxonomy and keys.taxonomy.unfinished:
        to_do = "\n".join(keys.taxonomy.unfinished)
        checks.warnings.append(f"still to fill in or approve before a run:\n{to_do}")
    return Plan(recipe, keys.taxonomy, lines, checks, measured)


__all__ = ["Plan", "plan_recipe"]
