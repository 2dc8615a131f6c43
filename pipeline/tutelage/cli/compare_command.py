"""`tutelage compare`."""

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console, run_folder


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN RUN...", help="Runs' folders or names; the first is the reference."
        ),
    ],
    as_markdown: Annotated[
        bool, typer.Option("--md", help="Print Markdown, for a pull request.")
    ] = False,
) -> None:
    """Compare runs: differing settings, scores with paired tests, cost, rows kept."""
    from tutelage.report.compare import compare_runs
    from tutelage.report.comparison_text import markdown, terminal

    found = compare_runs([run_folder(run) for run in runs])
    if emit(found):
        return
    if as_markdown:
        typer.echo(markdown(found), nl=False)
    else:
        console.print(terminal(found))
