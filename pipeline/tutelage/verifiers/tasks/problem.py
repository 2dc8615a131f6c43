"""A problem with its answer, and what makes such problems."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tutelage.core.config import Part


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; two with the same `parameters` are the same, however they are worded."""

    parameters: tuple[Any, ...]
    """The numbers, words or clues that decide the answer: what train and exam are parted by."""
    question: str
    answer: str
    """The right result; empty where `tests` decide alone."""
    steps: tuple[str, ...] = ()
    """A worked way to the answer, a line each."""
    tests: tuple[str, ...] = ()
    """Python statements that a right answer's code passes."""
    solution: str = ""
    """What a right answer says where that is not the result itself: the code."""
    verify: tuple[dict[str, Any], ...] = ()
    """What else is demanded of an answer, as under a leaf's `verify`."""


class ProblemMaker(Part):
    """Makes problems of one kind; its fields are what can be set of them."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """A problem, by these random numbers alone; `difficulty` is 1 or more."""
        raise NotImplementedError
