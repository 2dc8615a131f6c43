"""`tutelage run`."""

import shlex
import sys
from typing import Annotated

import typer

from tutelage.cli.options import Out, RecipePath, Sets, Student, Teacher, console, places, swaps
from tutelage.core.errors import TutelageError


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
    from tutelage.core.progress import Display
    from tutelage.recipe.reading import load_recipe
    from tutelage.report.terminal import summary
    from tutelage.report.write_report import write_report
    from tutelage.runtime.run import Run

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
