"""`tutelage improve`."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import (
    Out,
    RecipeName,
    Sets,
    Student,
    TaxonomyFolder,
    Teacher,
    console,
    swaps,
)


def improve(
    recipe: RecipeName,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, at most.")] = 3,
    until: Annotated[
        Literal["gains_end", "significant"],
        typer.Option(help="Go on while rounds gain, or stop once the gain is beyond chance."),
    ] = "gains_end",
    generator: Annotated[
        Literal["teacher", "student"],
        typer.Option(help="What writes later rounds' rows: the teacher or the last round's model."),
    ] = "teacher",
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    taxonomy: TaxonomyFolder = None,
    out: Out = None,
) -> None:
    """Run a recipe in rounds: the scores of each leaf steer what the next round asks for.

    Each round trains the last one's model further and is examined with the same held-out
    questions; p-values count every look. It ends when gains do, when rounds or budget are used up.
    Run again, it goes on where it ended.
    """
    from tutelage.api import run_recipe
    from tutelage.core.progress import Display
    from tutelage.core.store import Store
    from tutelage.recipe.recipe import Recipe
    from tutelage.recipe.shipped import find_recipe
    from tutelage.runtime.improvement.loop import LoopSettings, check_loop, improve
    from tutelage.runtime.improvement.loop_facts import facts
    from tutelage.runtime.improvement.loop_page import headline, notes, write_loop

    chosen = swaps(teacher, student)
    file = find_recipe(recipe)
    settings = LoopSettings(file, sets or [], chosen, taxonomy, rounds, until, generator)
    folder = out or Path("runs") / f"{check_loop(settings).name}-improved"
    store, command = Store(folder / ".store"), shlex.join(["tutelage", *sys.argv[1:]])
    found: dict[str, Any] = {}
    with Display(console) as display:

        def run_round(one: Recipe, place: Path, earlier: Sequence[Path]) -> dict[str, Any]:
            display.say(f"{place.name} begins")
            return run_recipe(one, place, store, display, None, (), command, after=earlier)

        for state in improve(settings, folder, run_round):
            found = facts(settings, state)
            write_loop(folder, found)
    emit(found | {"folder": folder})
    for line in (headline(found), *notes(found), f"page: {folder / 'improve.html'}"):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
