"""`tutelage plan`."""

from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import (
    On,
    Out,
    RecipeName,
    Sets,
    Student,
    TaxonomyFolder,
    Teacher,
    console,
    swaps,
)
from tutelage.core.errors import InputError


def plan(
    recipe: RecipeName,
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    taxonomy: TaxonomyFolder = None,
    out: Out = None,
    on: On = "local",
    pilot: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Try N rows of every generating stage with real requests, and forecast from "
            "them; the run uses these answers again.",
        ),
    ] = None,
) -> None:
    """Check a recipe and forecast what it would do and cost; without --pilot nothing is spent.

    All problems are listed at once, and the exit code is 2. As JSON: for each of `stages` its
    name, `use` as in recipes (`import` for a model's weights), state, and from low to high rows,
    requests, input_tokens, output_tokens, usd, seconds and memory_bytes, null where unknown; their
    `total`; `models`, `disk`, `pilot`, `warnings` and `problems`.
    """
    from tutelage.api import place_run
    from tutelage.core.progress import Display
    from tutelage.core.safe_console import SafeConsole
    from tutelage.planning.plan_recipe import plan_recipe
    from tutelage.recipe.load_recipe import load_recipe
    from tutelage.recipe.shipped import find_recipe

    loaded = load_recipe(find_recipe(recipe), sets, swaps(teacher, student), taxonomy)
    folder, store = place_run(loaded, out)
    with Display(SafeConsole(stderr=True)) as display:
        made = plan_recipe(loaded, store, display, pilot, folder, on)
    if not emit(made.to_json()):
        console.print(made.shown())
    if made.checks.problems:
        raise InputError("\n".join(made.checks.problems))
