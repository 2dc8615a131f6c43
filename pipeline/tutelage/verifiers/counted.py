"""What demands on a number of things in an answer share: exactly, at least, at most."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from tutelage.verifiers.verifier import Verifier


class Counted(Verifier):
    """The answer has a number of something: exactly, at least or at most."""

    exactly: int | None = Field(None, ge=0)
    """The number wanted."""
    at_least: int | None = Field(None, ge=0)
    """The fewest allowed."""
    at_most: int | None = Field(None, ge=0)
    """The most allowed."""
    unit: ClassVar[str]
    """What is counted, in the plural."""

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        low, high = self.at_least, self.at_most
        if self.exactly is None and low is None and high is None:
            raise ValueError("give `exactly`, `at_least` or `at_most`")
        if self.exactly is not None and (low is not None or high is not None):
            raise ValueError("`exactly` stands alone")
        if low is not None and high is not None and low > high:
            raise ValueError("`at_least` is more than `at_most`")
        return self

    def count(self, answer: str) -> int:
        """How many there are."""
        raise NotImplementedError

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Tells the count and what was wanted."""
        found = self.count(answer)
        low = self.at_least if self.exactly is None else self.exactly
        high = self.at_most if self.exactly is None else self.exactly
        if low is not None and found < low:
            return f"{found} {self.unit}, {low} or more wanted"
        if high is not None and found > high:
            return f"{found} {self.unit}, {high} or fewer wanted"
        return None
