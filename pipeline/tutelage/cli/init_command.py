"""`tutelage init`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console

if TYPE_CHECKING:
    from tutelage.authoring.init.init_taxonomy import NewTaxonomy


def init(
    docs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DOCS", help="Folders or files of documents."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The taxonomy's folder; new or there already.")
    ] = Path("my_taxonomy"),
    tasks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tasks, one a line: each becomes a skill."),
    ] = None,
    teacher: Annotated[str | None, typer.Option(help="The recipe's teacher.")] = None,
    student: Annotated[str | None, typer.Option(help="The recipe's student.")] = None,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="The shipped recipe whose stages are taken.")
    ] = "quickstart",
) -> None:
    """Make a taxonomy and a recipe of documents and tasks; nothing that is there is changed.

    Leaves follow folders and headings; documents are read where they are.
    """
    from tutelage.authoring.init.init_taxonomy import init_taxonomy

    made = init_taxonomy(docs or [], tasks, out, base=recipe, teacher=teacher, student=student)
    if not emit(_facts(made)):
        _show(made)


def _facts(made: "NewTaxonomy") -> dict[str, object]:
    return {
        "schema": 1,
        "taxonomy": str(made.folder),
        "recipe": str(made.recipe),
        "leaves": [
            {
                "path": one.path,
                "file": str(one.file),
                "documents": one.documents,
                "sections": one.sections,
                "statements": one.statements,
            }
            for one in made.leaves
        ],
        "unchanged": [str(file) for file in made.kept],
        "left_out": made.left_out,
    }


def _show(made: "NewTaxonomy") -> None:
    from tutelage.authoring.init.found_documents import in_words

    for leaf in made.leaves:
        about = (
            f"{leaf.documents} document{'' if leaf.documents == 1 else 's'}, {leaf.sections} "
            f"sections, {leaf.statements} statements"
        )
        _say(f"written: {leaf.file}{f' ({about})' if leaf.documents else ''}")
    for file in made.kept:
        _say(f"already there, unchanged: {file}")
    for line in in_words(made.left_out.items()):
        _say(line)
    if made.recipe not in made.kept:
        _say(f"written: {made.recipe}")
    _say("next: fill in the blank questions and answers; `tutelage lint` and `plan` list them:")
    outside = "".join(f" --documents {root}" for root in made.roots)
    _say(f"  tutelage lint {made.folder}{outside}")
    _say(f"  tutelage plan {made.recipe}")


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)
