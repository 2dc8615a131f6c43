"""Contests: right attempts at a prompt meet in duels before a judge; who wins most is chosen."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.judging.duels import Duel, Preference, prefer
from tutelage.judging.pairs.prompt_attempts import Prompt
from tutelage.judging.rubric import Rubric
from tutelage.judging.shown import shown_answer, shown_question
from tutelage.models.model import Model


@dataclass(slots=True)
class Contest:
    """The duels of one prompt's attempts and what came of them."""

    prompt: Prompt
    bouts: list[tuple[int, int]]
    """Places in `prompt.right` of those who meet."""
    outcomes: list[Preference] = field(default_factory=list)

    @property
    def standing(self) -> list[tuple[int, int]]:
        """Duels won less duels lost, and the attempt's place; the worst first."""
        points: Counter[int] = Counter(dict.fromkeys(itertools.chain(*self.bouts), 0))
        for (first, second), outcome in zip(self.bouts, self.outcomes, strict=True):
            if outcome.winner:
                won, lost = (first, second) if outcome.winner == "first" else (second, first)
                points[won] += 1
                points[lost] -= 1
        return sorted((score, -place) for place, score in points.items())

    def decided(self, margin: int) -> tuple[Row, Row] | None:
        """The best and the worst attempt, where the difference of their points is the margin."""
        (low, last), (high, first) = self.standing[0], self.standing[-1]
        if high - low < margin:
            return None
        return self.prompt.right[-first], self.prompt.right[-last]

    @property
    def undecided(self) -> str:
        """Why there is no winner."""
        if any(outcome.winner for outcome in self.outcomes):
            return "margin: no attempt won by enough"
        if any(outcome.unparsable for outcome in self.outcomes):
            return "judge unparsable: no verdict can be read"
        if all(outcome.consistent for outcome in self.outcomes):
            return "tie: in both orders the judge finds the answers equally good"
        return "inconsistent: the judge's choice changes with the order"

    def words(self, judge: Model, rubric: Rubric) -> list[dict[str, Any]]:
        """The judge's verdicts, with both replies and their keys."""
        return [
            {
                "by": f"judge {rubric.name}",
                "keep": outcome.winner is not None,
                "reason": f"{outcome.winner or 'neither'} of {_names(self.prompt, bout)}",
                "model": judge.name,
                "grade": outcome.winner,
                "rationale": "\n--\n".join(outcome.texts),
                "keys": list(outcome.keys),
            }
            for bout, outcome in zip(self.bouts, self.outcomes, strict=True)
        ]


def hold(
    context: Context,
    judge: Model,
    rubric: Rubric,
    prompts: Sequence[Prompt],
    duels: int,
    tasks: dict[str, str],
    votes: int = 1,
) -> list[Contest]:
    """Contests of so many duels at most, all put to the judge together, in both orders.

    Of several `votes` in an order most decide.
    """
    contests = [Contest(prompt, _bouts(context, prompt, duels)) for prompt in prompts]
    asked = [
        _duel(contest.prompt, f"{number}/{place}", bout, tasks)
        for number, contest in enumerate(contests)
        for place, bout in enumerate(contest.bouts)
    ]
    found = prefer(context, judge, rubric, asked, votes)
    for number, contest in enumerate(contests):
        contest.outcomes = [found[f"{number}/{place}"] for place in range(len(contest.bouts))]
    return contests


def tally(contests: Sequence[Contest]) -> dict[str, int]:
    """How many duels there were, and how they ended."""
    outcomes = [outcome for contest in contests for outcome in contest.outcomes]
    return {
        "duels": len(outcomes),
        "won": sum(outcome.winner is not None for outcome in outcomes),
        "ties": sum(outcome.consistent and outcome.winner is None for outcome in outcomes),
        "inconsistent": sum(not (o.consistent or o.unparsable) for o in outcomes),
        "unparsable": sum(outcome.unparsable > 0 for outcome in outcomes),
    }


def _bouts(context: Context, prompt: Prompt, duels: int) -> list[tuple[int, int]]:
    """Who meets whom: drawn by lot where not all can meet."""
    bouts = list(itertools.combinations(range(len(prompt.right)), 2))
    random.Random(context.seed_for(prompt.id, "bouts")).shuffle(bouts)
    return bouts[:duels]


def _duel(prompt: Prompt, name: str, bout: tuple[int, int], tasks: dict[str, str]) -> Duel:
    first, second = (shown_answer(prompt.right[place]) for place in bout)
    row = prompt.first
    return Duel(
        name,
        row["leaf"],
        shown_question(row),
        first,
        second,
        context=str(row.get("context") or ""),
        task=tasks.get(row["leaf"], ""),
        reference=prompt.reference,
    )


def _names(prompt: Prompt, bout: tuple[int, int]) -> str:
    return " and ".join(prompt.right[place]["id"] for place in bout)
