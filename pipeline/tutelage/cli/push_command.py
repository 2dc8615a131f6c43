"""`tutelage push`."""

from typing import Annotated, Literal

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import RunFolder, console, run_folder


def push(
    run: RunFolder,
    to: Annotated[str, typer.Option(metavar="ORG/NAME", help="The name of the repositories.")],
    private: Annotated[bool, typer.Option(help="Make new repositories private.")] = False,
    only: Annotated[
        Literal["data", "model", "report"] | None, typer.Option(help="Upload only this part.")
    ] = None,
) -> None:
    """Upload a run's data, model and report to the hub; the token comes from HF_TOKEN."""
    from tutelage.core.progress import Display
    from tutelage.sharing.push import push

    with Display(console) as display:
        push(run_folder(run), to, only, display, private=private)
    emit({"run": run_folder(run), "to": to, "parts": only or "all"})
