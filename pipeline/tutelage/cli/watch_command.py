"""`tutelage watch`."""

from typing import Annotated

import typer

from tutelage.cli.json_output import say_address, say_lines
from tutelage.cli.options import RunFolder, forecast_of, run_folder


def watch(
    run: RunFolder,
    port: Annotated[int, typer.Option(help="The local port; 0 takes a free one.")] = 0,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Follow a run in the browser: progress, spend, rows and loss curves; at any time."""
    from tutelage.web.pages import open_pages

    lines = open_pages(
        run_folder(run), "watch", [], port, say_address, show=show, forecast=forecast_of
    )
    say_lines(lines)
