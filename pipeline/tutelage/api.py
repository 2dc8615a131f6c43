"""Recipes from Python: `run` and `plan`, with what the command line does behind them."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from tutelage.contract.context import Progress, Silent
from tutelage.core.artifacts import ARTIFACTS, Artifact, Row
from tutelage.core.errors import DiskError, RecipeError, TutelageError
from tutelage.core.progress import Display
from tutelage.core.safe_console import SafeConsole
from tutelage.core.store import Store
from tutelage.planning.plan_recipe import Plan, plan_recipe
from tutelage.provenance.run_folder import RunFolder
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.recipe import Recipe
from tutelage.recipe.shipped import find_recipe
from tutelage.report.terminal import summary
from tutelage.report.write_report import write_report
from tutelage.runtime.live_progress import LiveProgress
from tutelage.runtime.run import Run


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that ended: its folder, and what its report says."""

    folder: Path
    """`report.html` is here, and a folder for each stage."""
    report: dict[str, Any]
    """The content of `report.json`."""

    def artifact(self, stage: str) -> Artifact:
        """What a stage made: Rows, a Checkpoint or Scores; raises InputError for no such stage."""
        made = RunFolder.load(self.folder).made(stage)
        return ARTIFACTS[made["kind"]].load(self.folder / stage)

    def rows(self, stage: str) -> list[Row]:
        """The rows that a stage kept; none for a stage that makes no rows."""
        run = RunFolder.load(self.folder)
        run.made(stage)
        return run.rows(stage)

    def shown(self) -> RenderableType:
        """The outcome in tables, for `rich.print`."""
        return summary(self.report)


def run(
    recipe: str | Path,
    *,
    teacher: str | None = None,
    student: str | None = None,
    taxonomy: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    until: str | None = None,
    fresh: Sequence[str] = (),
    on: str = "local",
    quiet: bool = False,
) -> RunResult:
    """Run a recipe from taxonomy to report; what is finished already is not done again.

    `recipe`: a file, or the name of a shipped recipe. `teacher` and `student`: references to models
    in place of the recipe's; `taxonomy`: a folder in place of its own. `settings`: other values by
    dotted path, `{"stages.sft.epochs": 3}`. `out`: the run's folder, `runs/<recipe>` by default.
    `until`: the stage to stop after; `fresh`: stages to do again. `on`: where stages of many rows
    run, `local`, `processes:8`, `ray` or an executor of your own; it changes nothing of the result.
    Raises InputError for what is wrong with the recipe, before anything is loaded or spent, and
    StageError where a stage fails: calling again goes on there.
    """
    loaded = _load(recipe, teacher, student, taxonomy, settings)
    folder, store = place_run(loaded, out)
    with Display(SafeConsole(stderr=True)) as display:
        report = run_recipe(
            loaded, folder, store, Silent() if quiet else display, until, fresh, on=on
        )
    return RunResult(folder, report)


def plan(
    recipe: str | Path,
    *,
    teacher: str | None = None,
    student: str | None = None,
    taxonomy: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    pilot: int | None = None,
    on: str = "local",
    quiet: bool = False,
) -> Plan:
    """Check a recipe and say what `run` would do and cost; without `pilot` nothing is spent.

    Arguments as for `run`; `pilot`: so many rows of every generating stage are tried for real. The
    plan's `checks.problems` name what is missing around the recipe, `to_json()` all its figures,
    `shown()` gives tables for `rich.print`. Raises InputError for what is wrong with the recipe.
    """
    loaded = _load(recipe, teacher, student, taxonomy, settings)
    folder, store = place_run(loaded, out)
    with Display(SafeConsole(stderr=True)) as display:
        return plan_recipe(loaded, store, Silent() if quiet else display, pilot, folder, on)


def run_recipe(
    recipe: Recipe,
    folder: Path,
    store: Store,
    progress: Progress,
    until: str | None = None,
    fresh: Sequence[str] = (),
    command: str = "",
    on: str = "local",
    after: Sequence[Path] = (),
) -> dict[str, Any]:
    """Run a recipe into a folder and write the report there, also where it fails; returns it.

    What the runs in the folders `after` used counts against its budgets, each answer once.
    """
    stages = [step.name for step in recipe.steps]
    live = LiveProgress(progress, folder, recipe.name, stages, _about(recipe))
    work = Run(recipe, folder, store, live, command=command, executor_name=on, after=after)
    try:
        work.execute(until=until, fresh=tuple(fresh))
    except TutelageError as exc:
        live.end(str(exc))
        if (folder / "run.json").exists():
            with contextlib.suppress(DiskError):  # the first error is told
                write_report(folder)  # what there is; an older page would mislead
        raise
    live.end()
    return write_report(folder)


def _about(recipe: Recipe) -> dict[str, Any]:
    """What a page needs to set a run's progress against its forecast and budget."""
    budget = recipe.settings.budget
    return {
        "file": str(recipe.file.resolve()),
        "options": list(recipe.options.values()),
        "budget": budget.model_dump(mode="json", exclude_none=True) if budget else {},
        "machine_usd_per_hour": recipe.settings.machine.usd_per_hour,
    }


def place_run(recipe: Recipe, out: str | Path | None) -> tuple[Path, Store]:
    """A run's folder, and the store, which runs without a folder of their own share.

    Raises RecipeError where the folder, or one that it is to lie in, is a file.
    """
    folder = Path(out) if out else Path("runs") / recipe.name
    if file := next((one for one in (folder, *folder.parents) if one.is_file()), None):
        raise RecipeError(f"{folder}: {file} is a file, and a run needs a folder; name another")
    return folder, Store((folder if out else folder.parent) / ".store")


def _load(
    recipe: str | Path,
    teacher: str | None,
    student: str | None,
    taxonomy: str | Path | None,
    settings: Mapping[str, Any] | None,
) -> Recipe:
    models = {"teacher": teacher, "student": student}
    return load_recipe(
        find_recipe(recipe),
        [f"{dotted}={json.dumps(value)}" for dotted, value in (settings or {}).items()],
        {name: text for name, text in models.items() if text is not None},
        taxonomy,
    )
