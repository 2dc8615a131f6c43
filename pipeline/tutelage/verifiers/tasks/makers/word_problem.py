"""Word problems: somebody has some things, then gets, loses, doubles or shares them in turn."""

from random import Random
from typing import Literal

from pydantic import Field

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_NAMES = "Ada Ben Carla Dan Emma Finn Grace Hugo Iris Jack Lena Max Nina Omar Pia Ruth Sam Tess"
_THINGS = "apples books coins cards eggs keys lamps pens plates seeds shells stamps tickets"
_GAINS = ("buys {n} more", "finds {n} more", "is given {n} by a friend", "wins {n} in a game")
_LOSSES = ("gives {n} away", "loses {n}", "sells {n}", "drops {n} in the river")


class WordProblem(ProblemMaker):
    """How many things somebody has in the end; as many steps as the difficulty."""

    largest: int = Field(20, ge=5)
    """The largest number of things gained or lost at once."""
    operations: list[Literal["add", "subtract", "double", "halve"]] = Field(
        ["add", "subtract"], min_length=1
    )
    """What can happen in a step."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The numbers decide; names and things are mere words."""
        who, things = random.choice(_NAMES.split()), random.choice(_THINGS.split())
        total = first = random.randint(2, self.largest)
        story, steps, changes = list[str](), list[str](), list[str]()
        for _ in range(difficulty):
            change, sentence, after = self._step(random, total)
            steps.append(f"{change} = {after}")
            changes.append(change.partition(" ")[2])
            story.append(f"{who} {sentence}.")
            total = after
        question = (
            f"{who} has {first} {things}. {' '.join(story)} How many {things} does {who} have now?"
        )
        return Problem((first, *changes), question, str(total), tuple(steps))

    def _step(self, random: Random, total: int) -> tuple[str, str, int]:
        """The change, in figures and in words, and what there is after it."""
        operation = random.choice(
            [one for one in self.operations if _possible(one, total)] or ["add"]
        )
        if operation == "double":
            return f"{total} * 2", "doubles what there is", total * 2
        if operation == "halve":
            return f"{total} / 2", "gives half of it all away", total // 2
        most = self.largest if operation == "add" else min(self.largest, total)
        n = random.randint(1, most)
        if operation == "add":
            return f"{total} + {n}", random.choice(_GAINS).format(n=n), total + n
        return f"{total} - {n}", random.choice(_LOSSES).format(n=n), total - n


def _possible(operation: str, total: int) -> bool:
    if operation == "halve":
        return total > 0 and total % 2 == 0
    return operation == "add" or total > 0
