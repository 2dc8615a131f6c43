"""`tutelage review`."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from tutelage.cli.json_output import emit, say_address
from tutelage.cli.options import RunFolder, console, run_folder
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest


def review(
    run: RunFolder,
    port: Annotated[int, typer.Option(help="The local port; 0 takes a free one.")] = 0,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="FORM",
            help="Write the decisions and open no page: jsonl, or argilla (a folder).",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where --export writes; labels-RUN by default.")
    ] = None,
) -> None:
    """Look through a run's rows in the browser and decide on them; kept in its labels.jsonl."""
    folder = run_folder(run)
    if export is not None:
        _export(folder, export, out)
        return
    from tutelage.web.pages import open_pages

    lines = open_pages(folder, "review", [], port, say_address, show=show)
    console.print(*lines, sep="\n", highlight=False, markup=False, soft_wrap=True)


def _export(run: Path, form: str, out: Path | None) -> None:
    from tutelage.sharing.export_labels import Form, export_labels

    if form not in get_args(Form):
        known = get_args(Form)
        raise InputError(f"--export {form}: no such form{nearest(form, known)}: {', '.join(known)}")
    name = f"labels-{run.resolve().name}"
    place = out or Path(f"{name}.jsonl" if form == "jsonl" else name)
    count = export_labels(run, cast(Form, form), place)
    if not emit({"written": place, "decisions": count}):
        console.print(f"{count} decisions written to {place}", highlight=False, soft_wrap=True)
