"""Logic: an order of people from clues in any order, each about two who stand side by side."""

from itertools import pairwise
from random import Random

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_NAMES = [
    *("Ada", "Ben", "Carla", "Dan", "Emma", "Finn"),
    *("Grace", "Hugo", "Iris", "Jack", "Lena", "Max"),
]
_ORDERS = (
    ("taller than", "shorter than", "tallest", "shortest"),
    ("older than", "younger than", "oldest", "youngest"),
    ("faster than", "slower than", "fastest", "slowest"),
)


class OrderingClues(ProblemMaker):
    """Who is first, last or in between of two more people than the difficulty (10 at most)."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The people, the clues and the place asked for decide."""
        people = random.sample(_NAMES, min(difficulty + 2, len(_NAMES)))
        more, less, most, least = random.choice(_ORDERS)
        clues = [_clue(random, more, less, *pair) for pair in pairwise(people)]
        random.shuffle(clues)
        at = random.randrange(len(people))
        ends = {0: f"the {most}", len(people) - 1: f"the {least}"}
        place = ends.get(at, f"number {at + 1} from the {most}")
        steps = [f"{a} is {more} {b}" for a, b in pairwise(people)]
        steps.append(f"from the {most}: {', '.join(people)}")
        question = f"{' '.join(clues)} Who is {place}?"
        return Problem((tuple(clues), place), question, people[at], tuple(steps))


def _clue(random: Random, more: str, less: str, first: str, second: str) -> str:
    if random.random() < 0.5:
        return f"{first} is {more} {second}."
    return f"{second} is {less} {first}."
