"""`tutelage run`."""

import shlex
import sys
from typing import Annotated

import typer

from pipeline.cli.options import Out, RecipePath, Sets, Student, Teacher, console, places, swaps
from pipeline.errors import TutelageError


def run(
    recipe: RecipePath,
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    until: Annotated[str | None, typer.Option(help="Stop after this stage.")] = None,
    fresh: Annotated[
        list[str] | None,
        typer.Option(help="Do this stage again, though it is in the store."),
    ] = None,
    out: Out = None,
) -> None:
    """Run a recipe from taxonomy to report; what is finished already is not done again."""
    from pipeline.progress import Display
    from pipeline.recipe import load_recipe
    from pipeline.report import summary, write_report
    from pipeline.running.run import Run

    loaded = load_recipe(recipe, sets, swaps(teacher, student))
    folder, store = places(loaded.name, out)
    with Display(console) as display:
        work = Run(
            loaded,
            folder,
            store,
            display,
            command=shlex.join(["tutelage", *sys.argv[1:]]),
        )
        try:
            work.execute(until=until, fresh=tuple(fresh or ()))
        except TutelageError:
            if (folder / "run.json").exists():
                write_report(folder)  # what there is; an older page would mislead
            raise
    console.print(summary(write_report(folder)))
    console.print(f"report: {folder / 'report.html'}", highlight=False)
