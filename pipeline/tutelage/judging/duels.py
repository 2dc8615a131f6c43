"""Duels: which of two answers is better, asked in both orders so that position decides nothing."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.judging.rubric import Rubric
from tutelage.judging.verdicts import Asked, Verdict, verdicts
from tutelage.models.model import Model

Side = Literal["first", "second"]
_BETTER: tuple[dict[str, Side], dict[str, Side]] = (
    {"A": "first", "B": "second"},
    {"A": "second", "B": "first"},
)
"""Whom the judge's letter means in each of the two orders; `tie` is nobody."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Two answers to one question, as a rubric's template shows them."""

    id: str
    leaf: str
    question: str
    first: str
    second: str
    context: str = ""
    task: str = ""
    reference: str = ""
    """An answer known to be right."""

    def shown(self, *, swapped: bool = False) -> dict[str, Any]:
        """The template's variables; `swapped` puts the second answer before the first."""
        values = asdict(self)
        first, second = values.pop("first"), values.pop("second")
        a, b = (second, first) if swapped else (first, second)
        return values | {"answer_a": a, "answer_b": b}


@dataclass(frozen=True, slots=True)
class Preference:
    """What a judge said of a duel, asked in both orders."""

    winner: Side | None
    """None for a tie, and where the orders disagree."""
    consistent: bool
    """Whether both verdicts could be read and say the same."""
    unparsable: int
    """How many of the two could not be read."""
    texts: tuple[str, str]
    keys: tuple[str, str]
    """Where the journal keeps the replies."""


EXAMPLE = Duel("example", "*", "What is it?", "A lamp.", "A fan.", "A lamp.", "Facts.", "A lamp.")
"""What a rubric is tried on before anything is spent."""


def check_duels(rubric: Rubric) -> None:
    """Try a rubric before anything is spent; raises RecipeError for one that cannot compare."""
    if rubric.scale:
        raise RecipeError(f"rubric '{rubric.name}' has a `scale`: it grades answers one by one")
    rubric.ask(EXAMPLE.shown())


def prefer(
    context: Context, judge: Model, rubric: Rubric, duels: Collection[Duel]
) -> dict[str, Preference]:
    """The preference in each duel by its id, from two requests per duel."""
    asked = {
        f"{duel.id}/{order}": Asked(duel.leaf, rubric.ask(duel.shown(swapped=bool(order))))
        for duel in duels
        for order in range(2)
    }
    found = verdicts(context, judge, asked, "Better", ("A", "B", "tie"), rubric.max_tokens)
    return {duel.id: _preference(found[f"{duel.id}/0"], found[f"{duel.id}/1"]) for duel in duels}


def _preference(straight: Verdict, swapped: Verdict) -> Preference:
    both = (straight, swapped)
    sides = [_BETTER[order].get(verdict.found or "") for order, verdict in enumerate(both)]
    unparsable = sum(verdict.found is None for verdict in both)
    consistent = not unparsable and sides[0] == sides[1]
    return Preference(
        winner=sides[0] if consistent else None,
        consistent=consistent,
        unparsable=unparsable,
        texts=(straight.text, swapped.text),
        keys=(straight.key, swapped.key),
    )
