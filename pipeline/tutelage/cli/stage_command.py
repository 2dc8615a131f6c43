"""`tutelage stage`."""

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import Documents, Sets, console
from tutelage.core.errors import InputError


def stage(
    name: Annotated[
        str | None, typer.Argument(help="A stage; without one, all are listed.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="NAME=FILE",
            help="An input: a file of rows, a checkpoint folder, or a model as in a recipe.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result.")] = None,
    sets: Sets = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="A taxonomy folder, or the name of a shipped one."),
    ] = None,
    documents: Documents = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    describe: Annotated[
        bool,
        typer.Option("--describe", help="List the stage's fields, inputs and output."),
    ] = False,
) -> None:
    """Run one stage alone on your own files, or describe it."""
    from tutelage.core.progress import Display
    from tutelage.report.show_run import made_facts
    from tutelage.runtime.describe_stages import (
        describe_stage,
        list_stages,
        stage_description,
        stages_facts,
    )
    from tutelage.runtime.single_stage import run_alone

    if name is None:
        emit({"stages": stages_facts()})
        console.print(list_stages())
    elif describe or not (out or inputs or sets or taxonomy):
        emit(stage_description(name))
        console.print(describe_stage(name))
    elif out is None:
        raise InputError("give --out FOLDER for the result")
    else:
        with Display(console) as display:
            run_alone(name, inputs or [], out, sets or [], taxonomy, seed, display, documents or ())
        emit(made_facts(out, 0))
