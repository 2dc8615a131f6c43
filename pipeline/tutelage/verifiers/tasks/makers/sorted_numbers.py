"""Sorting: numbers in order, by picking the next one each time."""

from random import Random
from typing import Literal

from pydantic import Field

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker


class SortedNumbers(ProblemMaker):
    """Two more numbers than the difficulty, in rising or falling order."""

    largest: int = Field(99, ge=20)
    """The largest number."""
    order: Literal["rising", "falling", "either"] = "either"
    """Which order is asked for."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The numbers and the order decide."""
        count = min(difficulty + 2, self.largest)
        numbers = random.sample(range(1, self.largest + 1), count)
        falling = self.order == "falling" or (self.order == "either" and random.random() < 0.5)
        result = sorted(numbers, reverse=falling)
        which = "from large to small" if falling else "from small to large"
        left, steps = list(numbers), list[str]()
        for number in result:
            left.remove(number)
            steps.append(f"{number}, left: {', '.join(map(str, left)) or 'none'}")
        question = f"Sort these numbers {which}: {', '.join(map(str, numbers))}."
        answer = ", ".join(map(str, result))
        return Problem((*numbers, falling), question, answer, tuple(steps))
