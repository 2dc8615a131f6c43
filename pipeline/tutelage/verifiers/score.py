"""What a verifier says of an answer: how far it meets the demand, and what is missing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is from 0 (not at all) to 1 (wholly); below 1 `reason` says what is missing."""

    value: float
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise ValueError(f"a score of {self.value} is not between 0 and 1")


FULL = Score(1.0)
"""The demand is met."""


def failed(reason: str) -> Score:
    """The demand is not met at all."""
    return Score(0.0, reason)


def share(met: int, of: int, reason: str) -> Score:
    """So many parts of a demand are met; `reason` says what the first other one lacks."""
    return FULL if met == of else Score(met / of, reason)
