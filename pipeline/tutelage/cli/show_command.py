"""`tutelage show`."""

from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import RunFolder, console, run_folder


def show(
    run: RunFolder,
    what: Annotated[str | None, typer.Argument(help="A stage's name, or a row's id.")] = None,
    rows: Annotated[int, typer.Option(help="Number of sample rows.")] = 5,
) -> None:
    """Show a run's outcome and funnel, a stage's rows, or one row's whole history.

    Or, given the folder that `tutelage stage` wrote to, what that stage made.
    """
    from tutelage.core.store import MANIFEST
    from tutelage.provenance.lineage import show_row
    from tutelage.provenance.run_folder import RunFolder
    from tutelage.report.report_data import report_of
    from tutelage.report.sample_rows import row_facts
    from tutelage.report.show_run import (
        made_facts,
        show_made,
        show_run,
        show_stage,
        stage_facts,
    )

    place = run_folder(run)
    if what is None and (place / MANIFEST).exists():
        emit(made_facts(place, rows))
        console.print(show_made(place, rows))
        return
    folder = RunFolder.load(place)
    if what is None:
        emit(report_of(folder))
        console.print(show_run(folder))
    elif what in folder.manifests:
        emit(stage_facts(folder, what, rows))
        console.print(show_stage(folder, what, rows))
    else:
        emit(row_facts(folder, what))
        console.print(show_row(folder, what))
