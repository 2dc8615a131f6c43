"""Options that several commands share, and what they stand for."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.core.errors import InputError
from tutelage.core.safe_console import SafeConsole

console = SafeConsole()

RecipeName = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE", help="A recipe file, or a name that `tutelage recipes` lists."
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or its name.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key, as a.b=value."),
]
Teacher = Annotated[str | None, typer.Option(help="Use this model as `teacher`.")]
Student = Annotated[str | None, typer.Option(help="Use this model as `student`.")]
TaxonomyFolder = Annotated[
    str | None, typer.Option(metavar="DIR", help="Use this taxonomy in place of the recipe's.")
]
Documents = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR", help="A folder outside of the taxonomy that it may read documents from."
    ),
]
Out = Annotated[Path | None, typer.Option(help="The run's folder; runs/<recipe name> by default.")]

On = Annotated[
    str,
    typer.Option(
        help="Where stages of many rows run: `local`, `processes:N`, `ray` (a cluster), or your "
        "own executor, `module:Class`. It changes nothing of what is made."
    ),
]


def swaps(teacher: str | None, student: str | None) -> dict[str, str]:
    """The model references given on the command line, by the models' names."""
    given = {"teacher": teacher, "student": student}
    return {name: text for name, text in given.items() if text is not None}


def run_folder(given: Path) -> Path:
    """The folder of a run that is given as a folder or by its name.

    A folder here that is none, the taxonomy that a run was made from say, may have a run's name.
    """
    made = any((given / file).exists() for file in ("run.json", "manifest.json"))
    run = Path("runs") / given
    named = (
        len(given.parts) == 1 and not made and ((run / "run.json").exists() or not given.exists())
    )
    return run if named else given


def stage_folder(given: Path) -> Path:
    """The folder of a run's stage that is given as a folder, or as `run/stage` by names.

    Raises InputError where a whole run is given.
    """
    if (run_folder(given) / "run.json").exists():
        from tutelage.provenance.run_folder import RunFolder as Run

        trained = Run.load(run_folder(given)).trained()
        models = ", ".join(f"{given}/{name}" for name in trained) or "it trained none"
        raise InputError(f"{given} is a run; name one of its trained models: {models}")
    return given if given.exists() else Path("runs") / given


def forecast_of(progress: dict[str, Any], store: Path) -> dict[str, Any]:
    """What a run that goes on is still expected to do; what plans is loaded when it is asked."""
    from tutelage.planning.run_forecast import run_forecast

    return run_forecast(progress, store)
