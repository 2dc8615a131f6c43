"""The `tutelage` command."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from pipeline import __version__
from pipeline.errors import StageError, TutelageError

if TYPE_CHECKING:
    from pipeline.store import Store

app = typer.Typer(
    name="tutelage",
    help="From a taxonomy and a teacher model to a measurably better small model, with its cost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console()
errors = Console(stderr=True)

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe file.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override, as a.b=value."),
]
Teacher = Annotated[str | None, typer.Option(help="Another reference for the model `teacher`.")]
Student = Annotated[str | None, typer.Option(help="Another reference for the model `student`.")]
Out = Annotated[Path | None, typer.Option(help="The run's folder; runs/<recipe name> by default.")]


@app.command()
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
    from pipeline.runner import Run

    loaded = load_recipe(recipe, sets, _swaps(teacher, student))
    folder, store = _places(loaded.name, out)
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
        except StageError:
            write_report(folder)  # what there is; an older page would mislead
            raise
    console.print(summary(write_report(folder)))
    console.print(f"report: {folder / 'report.html'}", highlight=False)


@app.command()
def stage(
    name: Annotated[
        str | None, typer.Argument(help="A stage; without one, all are listed.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="NAME=FILE",
            help="An input: rows file, checkpoint or model.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the result goes.")] = None,
    sets: Sets = None,
    taxonomy: Annotated[Path | None, typer.Option(help="A taxonomy folder.")] = None,
    seed: Annotated[int, typer.Option(help="The seed of everything random.")] = 1,
    describe: Annotated[
        bool,
        typer.Option("--describe", help="List the stage's fields, inputs and output."),
    ] = False,
) -> None:
    """Run one stage alone on your own files, or describe it."""
    from pipeline.alone import describe_stage, list_stages, run_alone
    from pipeline.progress import Display

    if name is None:
        console.print(list_stages())
    elif describe or out is None:
        console.print(describe_stage(name))
    else:
        with Display(console) as display:
            run_alone(name, inputs or [], out, sets or [], taxonomy, seed, display)


@app.command()
def show(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or its name.")],
    what: Annotated[str | None, typer.Argument(help="A stage, or the id of a row.")] = None,
    rows: Annotated[int, typer.Option(help="How many sample rows.")] = 5,
) -> None:
    """Show a run's outcome and funnel, a stage's rows, or one row's whole history."""
    from pipeline.show import show_row, show_run, show_stage

    folder = run_folder if run_folder.exists() else Path("runs") / run_folder
    if what is None:
        console.print(show_run(folder))
    elif (folder / what).exists():
        console.print(show_stage(folder, what, rows))
    else:
        console.print(show_row(folder, what))


@app.command()
def plan(
    recipe: RecipePath,
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    out: Out = None,
) -> None:
    """Check a recipe and say what it would do, without loading a model or spending anything."""
    from pipeline.plan import plan_recipe
    from pipeline.recipe import load_recipe

    loaded = load_recipe(recipe, sets, _swaps(teacher, student))
    _, store = _places(loaded.name, out)
    console.print(plan_recipe(loaded, store))


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"tutelage {__version__}")
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options before the command."""
    if debug:
        os.environ["TUTELAGE_DEBUG"] = "1"


def _swaps(teacher: str | None, student: str | None) -> dict[str, str]:
    """The model references given on the command line, by the models' names."""
    given = {"teacher": teacher, "student": student}
    return {name: text for name, text in given.items() if text is not None}


def _places(name: str, out: Path | None) -> "tuple[Path, Store]":
    """A run's folder, and the store, which runs without a folder of their own share."""
    from pipeline.store import Store

    folder = out or Path("runs") / name
    return folder, Store((folder if out else folder.parent) / ".store")


def main() -> Any:
    """Run the command; an expected error is one message and its exit code, not a traceback."""
    sys.path.insert(0, str(Path.cwd()))  # so that `use: my_module:Filter` finds the user's own
    try:
        app()
    except TutelageError as exc:
        if os.environ.get("TUTELAGE_DEBUG"):
            raise
        errors.print(f"error: {exc}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
