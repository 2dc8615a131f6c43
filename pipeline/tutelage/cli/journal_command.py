"""`tutelage journal export` and `tutelage journal prune`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit, with_json
from tutelage.cli.options import console, run_folder

journal = typer.Typer(help="Export or delete the answers that models gave.", no_args_is_help=True)

Place = Annotated[Path, typer.Argument(metavar="RUN|STORE", help="A run, or a store's folder.")]


def export(
    place: Place,
    out: Annotated[Path, typer.Option(metavar="FILE.jsonl", help="The file to write.")],
) -> None:
    """Write every answer with its request, model, usage and date as a line of JSON.

    Of a run: the answers that its finished stages used. Of a store: all.
    """
    from tutelage.runtime.run_journals import export_journal

    count = export_journal(run_folder(place), out)
    emit({"answers": count, "written": out})
    console.print(f"{count} answers written to {out}", highlight=False)


def prune(
    place: Place,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Answers older than this."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Answers of this model, by its name in the recipe or its reference."),
    ] = None,
) -> None:
    """Delete answers permanently: by age, by model, or both."""
    from tutelage.runtime.run_journals import prune_journal

    count = prune_journal(run_folder(place), before.timestamp() if before else None, model)
    emit({"deleted": count})
    console.print(f"{count} answers deleted", highlight=False)


for command in (export, prune):
    journal.command()(with_json(command))
