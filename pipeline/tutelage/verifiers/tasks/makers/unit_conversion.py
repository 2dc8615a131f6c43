"""Units: a quantity in another unit, over as many units as the difficulty."""

from fractions import Fraction
from random import Random

from pydantic import Field

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_LADDERS: dict[str, tuple[tuple[str, int], ...]] = {
    "time": (("seconds", 60), ("minutes", 60), ("hours", 24), ("days", 7), ("weeks", 1)),
    "length": (("millimetres", 10), ("centimetres", 100), ("metres", 1000), ("kilometres", 1)),
    "weight": (("milligrams", 1000), ("grams", 1000), ("kilograms", 1000), ("tonnes", 1)),
    "volume": (("millilitres", 10), ("centilitres", 100), ("litres", 1000), ("cubic metres", 1)),
}
"""Units from small to large, each with how many of it make the next."""


class UnitConversion(ProblemMaker):
    """A quantity in another unit, as many units away as the difficulty (3 at most), up or down."""

    largest: int = Field(60, ge=5)
    """The largest quantity in the larger unit."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """Quantity and units decide."""
        ladder = _LADDERS[random.choice(list(_LADDERS))]
        hops = min(difficulty, len(ladder) - 1)
        low = random.randint(0, len(ladder) - 1 - hops)
        quantity, steps = random.randint(2, self.largest), list[str]()
        value, down = Fraction(quantity), random.random() < 0.7
        units = ladder[low : low + hops + 1]
        if not down:
            for _, times in units[:-1]:
                value *= times
        start = value
        path = reversed(units[:-1]) if down else units[:-1]
        for number, (unit, times) in enumerate(path):
            after = value * times if down else value / times
            reached = unit if down else units[number + 1][0]
            steps.append(f"{value} {'*' if down else '/'} {times} = {after} ({reached})")
            value = after
        source, target = (units[-1][0], units[0][0]) if down else (units[0][0], units[-1][0])
        question = f"How many {target} are {start} {source}?"
        return Problem((str(start), source, target), question, str(value), tuple(steps))
