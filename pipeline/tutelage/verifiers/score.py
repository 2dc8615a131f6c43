"""What a verifier finds of an answer: a score from 0 to 1, and in words why it is not 1."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tutelage.core.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Score:
    """How far an answer satisfies a demand.

    Raises RecipeError for a value that is no number from 0 to 1: the verifier at fault is a user's.
    """

    value: float
    """0: not at all; 1: wholly; between: the share of what was demanded."""
    reason: str = ""
    """What is missing or wrong; empty where nothing is."""

    def __post_init__(self) -> None:
        if not (isinstance(self.value, int | float) and 0 <= self.value <= 1):
            raise RecipeError(f"a verifier's score must be from 0 to 1, but {self.value!r} is not")

    @classmethod
    def unless(cls, reason: str | None) -> Self:
        """1 where there is no reason against the answer, else 0 with it."""
        return cls(1.0) if reason is None else cls(0.0, reason)

    @classmethod
    def share(cls, right: int, of: int, reason: str | None) -> Self:
        """So many of so many; the reason tells of the first that is wrong."""
        return cls(right / of, reason or "") if right < of else cls(1.0)


def mean_score(scores: Iterable[Score]) -> Score:
    """The mean over demands, with the first reason; 1 where nothing is demanded."""
    found = list(scores)
    if not found:
        return Score(1.0)
    value = math.fsum(score.value for score in found) / len(found)
    return Score(value, next((score.reason for score in found if score.reason), ""))
