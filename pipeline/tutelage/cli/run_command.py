"""`tutelage run`."""

import shlex
import sys
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import (
    On,
    Out,
    RecipeName,
    Sets,
    Student,
    TaxonomyFolder,
    Teacher,
    console,
    swaps,
)


def run(
    recipe: RecipeName,
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    taxonomy: TaxonomyFolder = None,
    until: Annotated[str | None, typer.Option(help="Stop after this stage.")] = None,
    fresh: Annotated[
        list[str] | None,
        typer.Option(help="Run this stage again, even if it is finished."),
    ] = None,
    out: Out = None,
    on: On = "local",
) -> None:
    """Run a recipe from taxonomy to report; what is finished already is not done again."""
    from tutelage.api import place_run, run_recipe
    from tutelage.core.progress import Display
    from tutelage.recipe.load_recipe import load_recipe
    from tutelage.recipe.shipped import find_recipe
    from tutelage.report.terminal import summary

    loaded = load_recipe(find_recipe(recipe), sets, swaps(teacher, student), taxonomy)
    folder, store = place_run(loaded, out)
    command = shlex.join(["tutelage", *sys.argv[1:]])
    with Display(console) as display:
        report = run_recipe(loaded, folder, store, display, until, fresh or (), command, on)
    files = {name: folder / name for name in ("report.html", "report.json")}
    emit({"run": folder, **files, "verdict": report["verdict"], "outcome": report["outcome"]})
    console.print(summary(report))
    console.print(f"report: {folder / 'report.html'}", highlight=False)
