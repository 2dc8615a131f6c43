"""`tutelage review`."""

import getpass
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from tutelage.cli.json_output import emit, say_address, say_lines
from tutelage.cli.options import console, forecast_of, run_folder
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest


def review(
    run: Annotated[
        Path, typer.Argument(metavar="RUN|TAXONOMY", help="A run, or a taxonomy with drafts.")
    ],
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
    approve_all: Annotated[
        bool,
        typer.Option(help="Approve a taxonomy's drafts unread; its files and reports will say so."),
    ] = False,
) -> None:
    """Decide in the browser: on a run's rows, or on the drafts of a taxonomy.

    Decisions are kept in labels.jsonl of the run or the taxonomy; approved drafts count from then
    on.
    """
    from tutelage.taxonomy.load import for_documents

    if export is not None:
        _export(run_folder(run), export, out)
        return
    folder = run if approve_all and _is_taxonomy(run) else _meant(run)
    if approve_all or _is_taxonomy(folder):
        _drafts(folder, port, approve_all=approve_all, show=show)
        return
    if not (folder / "run.json").exists() and (hint := for_documents(folder)):
        raise InputError(f"{folder}: no run here{hint}")
    from tutelage.web.pages import open_pages

    lines = open_pages(folder, "review", [], port, say_address, show=show, forecast=forecast_of)
    say_lines(lines)


def _meant(given: Path) -> Path:
    """The taxonomy or the run that is given; where both have the name, the taxonomy as long as
    drafts in it wait."""
    run = run_folder(given)
    if run == given or not _is_taxonomy(given):
        return run
    from tutelage.authoring.drafts.draft_decisions import DraftDecisions

    if DraftDecisions(given, getpass.getuser()).waiting():
        return given
    text = f"no draft in {given} waits for a decision; these are the rows of its run, {run}"
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    return run


def _is_taxonomy(folder: Path) -> bool:
    """Whether a folder holds leaves, or anything but a run."""
    from tutelage.taxonomy.leaf import ROOTS

    is_run = (folder / "run.json").exists()
    return not is_run and folder.is_dir() and any((folder / root).is_dir() for root in ROOTS)


def _drafts(folder: Path, port: int, *, approve_all: bool, show: bool) -> None:
    if not approve_all:
        from tutelage.web.drafts_api import serve_drafts

        serve_drafts(folder, port, say_address, show=show)
        return
    from tutelage.authoring.drafts.draft_decisions import DraftDecisions

    count = DraftDecisions(folder, getpass.getuser()).approve_all()
    if not emit({"taxonomy": folder, "approved_unread": count}):
        console.print(f"{count} draft{'' if count == 1 else 's'} approved unread", highlight=False)


def _export(run: Path, form: str, out: Path | None) -> None:
    from tutelage.sharing.export_labels import Form, export_labels

    if form not in get_args(Form):
        known = get_args(Form)
        raise InputError(f"--export {form}: no such form{nearest(form, known)}: {', '.join(known)}")
    name = f"labels-{run.resolve().name}"
    place = out or Path(f"{name}.jsonl" if form == "jsonl" else name)
    count = export_labels(run, cast(Form, form), place)
    if not emit({"written": place, "decisions": count}):
        said = f"{count} decision{'' if count == 1 else 's'} written to {place}"
        console.print(said, highlight=False, markup=False, soft_wrap=True)
