"""`tutelage chat`."""

from typing import Annotated

import typer

from tutelage.cli.json_output import say_address, say_lines
from tutelage.cli.options import RunFolder, forecast_of, run_folder


def chat(
    run: RunFolder,
    models: Annotated[str, typer.Option(help="Which models, as student,sft.")] = "",
    port: Annotated[int, typer.Option(help="The local port; 0 takes a free one.")] = 0,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Ask a run's models side by side in the browser, before and after training; vote blind."""
    from tutelage.web.pages import open_pages

    wanted = [name.strip() for name in models.split(",") if name.strip()]
    lines = open_pages(
        run_folder(run), "chat", wanted, port, say_address, show=show, forecast=forecast_of
    )
    say_lines(lines)
