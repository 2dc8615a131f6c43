"""`tutelage review`."""

from typing import Annotated

import typer

from tutelage.cli.json_output import say_address
from tutelage.cli.options import RunFolder, run_folder


def review(
    run: RunFolder,
    port: Annotated[int, typer.Option(help="The local port; 0 takes a free one.")] = 0,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Look through a run's rows in the browser and decide on them; kept in its labels.jsonl."""
    from tutelage.web.pages import open_pages

    open_pages(run_folder(run), "review", [], port, say_address, show=show)
