"""Duels: which of two answers is better, asked in both orders so that position decides nothing."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.judging.rubric import Rubric
from tutelage.judging.verdicts import Asked, Verdict, voted
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
    """In how many of the two orders no verdict could be read."""
    texts: tuple[str, ...]
    keys: tuple[str, ...]
    """Where the journal keeps the replies: all votes in the one order, then in the other."""


EXAMPLE = Duel("example", "*", "What is it?", "A lamp.", "A fan.", "A lamp.", "Facts.", "A lamp.")
"""What a rubric is tried on before anything is spent."""


def check_duels(rubric: Rubric) -> None:
    """Try a rubric before anything is spent; raises RecipeError for one that cannot compare."""
    if rubric.scale:
        raise RecipeError(f"rubric '{rubric.name}' has a `scale`: it grades answers one by one")
    rubric.ask(EXAMPLE.shown())


def prefer(
    context: Context, judge: Model, rubric: Rubric, duels: Collection[Duel], votes: int = 1
) -> dict[str, Preference]:
    """The preference in each duel by its id, from so many votes in each of two orders.

    In each order most votes decide; where as many are for one answer as for the other it is a tie.
    """
    asked = {
        f"{duel.id}/{order}": Asked(duel.leaf, rubric.ask(duel.shown(swapped=bool(order))))
        for duel in duels
        for order in range(2)
    }
    words = ("A", "B", "tie")
    found = voted(context, judge, asked, "Better", words, rubric.max_tokens, votes)
    return {duel.id: _preference(found[f"{duel.id}/0"], found[f"{duel.id}/1"]) for duel in duels}


def _preference(straight: Sequence[Verdict], swapped: Sequence[Verdict]) -> Preference:
    both = [*straight, *swapped]
    words = [_most_say(votes) for votes in (straight, swapped)]
    sides = [_BETTER[order].get(word or "") for order, word in enumerate(words)]
    unparsable = sum(word is None for word in words)
    consistent = not unparsable and sides[0] == sides[1]
    return Preference(
        winner=sides[0] if consistent else None,
        consistent=consistent,
        unparsable=unparsable,
        texts=tuple(verdict.text for verdict in both),
        keys=tuple(verdict.key for verdict in both),
    )


def _most_say(votes: Sequence[Verdict]) -> str | None:
    """The word of most votes that could be read; `tie` where two words have as many."""
    said = Counter(vote.found for vote in votes if vote.found is not None).most_common(2)
    if len(said) == 2 and said[0][1] == said[1][1]:
        return "tie"
    return said[0][0] if said else None
