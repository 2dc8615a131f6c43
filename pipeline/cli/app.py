"""The application: its subcommands, and how an expected error ends it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline import __version__
from pipeline.cli.compare import compare
from pipeline.cli.journal import journal
from pipeline.cli.lint import lint
from pipeline.cli.merge import merge
from pipeline.cli.options import console
from pipeline.cli.plan import plan
from pipeline.cli.push import push
from pipeline.cli.run import run
from pipeline.cli.show import show
from pipeline.cli.stage import stage
from pipeline.errors import TutelageError

app = typer.Typer(
    name="tutelage",
    help="From a taxonomy and a teacher model to a measurably better small model, with its cost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
errors = Console(stderr=True)
for command in (run, stage, show, plan, lint, compare, merge, push):
    app.command()(command)
app.add_typer(journal, name="journal")


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
