"""The shipped kinds of problems by their names, and building them from a recipe."""

from collections.abc import Iterable
from typing import Any

from tutelage.core.errors import InputError, RecipeError
from tutelage.core.plugins import build_part, split_spec
from tutelage.verifiers.tasks.problem import ProblemMaker

MAKERS: dict[str, str] = {
    "calendar": "tutelage.verifiers.tasks.makers.calendar_dates:CalendarDates",
    "counting": "tutelage.verifiers.tasks.makers.tally:Tally",
    "expression": "tutelage.verifiers.tasks.makers.expression:Expression",
    "letters": "tutelage.verifiers.tasks.makers.letter_edits:LetterEdits",
    "list_function": "tutelage.verifiers.tasks.makers.list_function:ListFunction",
    "ordering": "tutelage.verifiers.tasks.makers.ordering_clues:OrderingClues",
    "sorting": "tutelage.verifiers.tasks.makers.sorted_numbers:SortedNumbers",
    "units": "tutelage.verifiers.tasks.makers.unit_conversion:UnitConversion",
    "word_problem": "tutelage.verifiers.tasks.makers.word_problem:WordProblem",
}
"""The built-in kinds by their short names."""


def build_makers(
    specs: Iterable[Any], where: str, error: type[InputError] = RecipeError
) -> dict[str, ProblemMaker]:
    """The makers by name, from `[word_problem, {units: ...}, {use: my_pkg:Mine}]`."""
    found: dict[str, ProblemMaker] = {}
    for number, spec in enumerate(specs):
        place = f"{where}.{number}"
        maker = build_part(spec, MAKERS, place, error)
        if not isinstance(maker, ProblemMaker):
            raise error(f"{place}: is no ProblemMaker of problems")
        name = split_spec(spec, place, error)[0].rpartition(":")[2]
        if name in found:
            raise error(f"{place}: '{name}' is there already; raise `rows` for more of it")
        found[name] = maker
    return found
