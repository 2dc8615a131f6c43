"""The application: its subcommands, and how an expected error ends it."""

import os
import sqlite3
import sys
from typing import Annotated, Any

import typer

from tutelage import __version__
from tutelage.cli.chat_command import chat
from tutelage.cli.compare_command import compare
from tutelage.cli.exam_command import exam
from tutelage.cli.export_command import export
from tutelage.cli.improve_command import improve
from tutelage.cli.init_command import init
from tutelage.cli.journal_command import journal
from tutelage.cli.json_output import USAGE_ERROR, asks_for_json, emit_error, with_json
from tutelage.cli.lint_command import lint
from tutelage.cli.merge_command import merge
from tutelage.cli.options import console
from tutelage.cli.plan_command import plan
from tutelage.cli.push_command import push
from tutelage.cli.recipes_command import recipes
from tutelage.cli.review_command import review
from tutelage.cli.rows_command import rows
from tutelage.cli.run_command import run
from tutelage.cli.schema_command import schema
from tutelage.cli.serve_command import serve
from tutelage.cli.show_command import show
from tutelage.cli.stage_command import stage
from tutelage.cli.watch_command import watch
from tutelage.core.disk_errors import disk_error
from tutelage.core.errors import TutelageError
from tutelage.core.safe_console import SafeConsole
from tutelage.core.user_modules import add_user_folder

app = typer.Typer(
    name="tutelage",
    help="From a taxonomy and a teacher model to a measurably better small model, with its cost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
errors = SafeConsole(stderr=True)
COMMANDS = (
    run,
    plan,
    improve,
    recipes,
    stage,
    rows,
    show,
    init,
    exam,
    lint,
    schema,
    compare,
    merge,
    export,
    push,
    review,
    watch,
    chat,
    serve,
)
for command in COMMANDS:
    app.command()(with_json(command))
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
    add_user_folder()  # so that `use: my_module:Filter` finds the user's own
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # none between our own lines
    try:
        if not asks_for_json():
            app()
        sys.exit(app(standalone_mode=False) or 0)
    except USAGE_ERROR as wrong:  # only raised where JSON is wanted
        emit_error(wrong, wrong.exit_code, wrong.format_message())
        errors.print(f"error: {wrong.format_message()}", style="red", markup=False)
        sys.exit(wrong.exit_code)
    except (TutelageError, OSError, sqlite3.Error) as caught:
        exc = caught if isinstance(caught, TutelageError) else disk_error(caught)
        if exc is None or os.environ.get("TUTELAGE_DEBUG"):
            raise
        emit_error(exc, exc.exit_code)
        errors.print(f"error: {exc}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(exc.exit_code)
