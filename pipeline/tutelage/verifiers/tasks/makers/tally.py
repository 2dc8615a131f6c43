"""Counting: how often a thing stands in a list."""

from random import Random

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_THINGS = ["red", "blue", "green", "white", "black", "grey", "pink", "brown"]


class Tally(ProblemMaker):
    """One of several things in a list four times as long as the difficulty."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The list and the thing decide."""
        kinds = random.sample(_THINGS, min(3 + difficulty // 3, len(_THINGS)))
        shown = [random.choice(kinds) for _ in range(4 * difficulty)]
        wanted = random.choice(kinds)
        places = [str(at) for at, one in enumerate(shown, 1) if one == wanted]
        steps = (
            f"'{wanted}' stands at {', '.join(places)}" if places else f"'{wanted}' is not there",
            f"that is {len(places)} times",
        )
        question = f"How often does '{wanted}' stand in this list? {', '.join(shown)}"
        return Problem((wanted, *shown), question, str(len(places)), steps)
