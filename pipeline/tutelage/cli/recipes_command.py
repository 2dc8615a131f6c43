"""`tutelage recipes`."""

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console


def recipes(
    copy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Copy this recipe and its files here, to edit."),
    ] = None,
    to: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The folder that --copy writes to.")
    ] = Path(),
) -> None:
    """List the recipes that come with Tutelage; `tutelage run NAME` runs one."""
    from tutelage.recipe.copy_recipe import copy_recipe
    from tutelage.recipe.shipped import shipped_recipes, summary_of

    if copy is None:
        found = shipped_recipes()
        listed = [{"name": name, "summary": summary_of(file)} for name, file in found.items()]
        if emit({"recipes": listed}):
            return
        width = max(map(len, found), default=0)
        for name, file in found.items():
            line = f"{name:{width}}  {summary_of(file)}"
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        return
    copied = copy_recipe(copy, to)
    emit({"recipe": copied.recipe, "written": copied.written, "kept": copied.kept})
    for path in copied.written:
        console.print(f"written: {path}", soft_wrap=True, highlight=False, markup=False)
    for path in copied.kept:
        console.print(
            f"already here, left unchanged: {path}", soft_wrap=True, highlight=False, markup=False
        )
    console.print(f"next: tutelage run {copied.recipe}", highlight=False, markup=False)
