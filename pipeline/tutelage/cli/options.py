"""Options that several commands share, and what they stand for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from tutelage.core.store import Store

console = Console()

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe file.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or its name.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override, as a.b=value."),
]
Teacher = Annotated[str | None, typer.Option(help="Another reference for the model `teacher`.")]
Student = Annotated[str | None, typer.Option(help="Another reference for the model `student`.")]
Out = Annotated[Path | None, typer.Option(help="The run's folder; runs/<recipe name> by default.")]


def swaps(teacher: str | None, student: str | None) -> dict[str, str]:
    """The model references given on the command line, by the models' names."""
    given = {"teacher": teacher, "student": student}
    return {name: text for name, text in given.items() if text is not None}


def places(name: str, out: Path | None) -> "tuple[Path, Store]":
    """A run's folder, and the store, which runs without a folder of their own share."""
    from tutelage.core.store import Store

    folder = out or Path("runs") / name
    return folder, Store((folder if out else folder.parent) / ".store")


def run_folder(given: Path) -> Path:
    """The folder of a run that is given as a folder or by its name."""
    named = len(given.parts) == 1 and not given.exists()
    return Path("runs") / given if named else given
