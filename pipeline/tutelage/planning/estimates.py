"""Numbers that are not known yet: from low to high, with the one expected most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not known yet: at least, most likely, at most. Never negative."""

    low: float
    expected: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Estimate":
        """A number that is known."""
        return cls(value, value, value)

    def __add__(self, other: "Estimate") -> "Estimate":
        """The sum; as if both were low, or high, together, so rather too wide than too narrow."""
        ends = zip(self.ends, other.ends, strict=True)
        return Estimate(*(one + more for one, more in ends))

    def __mul__(self, other: Union["Estimate", float]) -> "Estimate":
        """The product, each end with its like."""
        by = other if isinstance(other, Estimate) else Estimate.exactly(other)
        return Estimate(*(one * factor for one, factor in zip(self.ends, by.ends, strict=True)))

    def __pow__(self, power: float) -> "Estimate":
        """Each end to a power."""
        return Estimate(*(value**power for value in self.ends))

    @property
    def ends(self) -> tuple[float, float, float]:
        """Low, expected, high."""
        return self.low, self.expected, self.high

    def at_most(self, limit: float) -> "Estimate":
        """No end above `limit`."""
        return Estimate(*(min(value, limit) for value in self.ends))

    def short_of(self, wanted: float) -> "Estimate":
        """What is missing to `wanted`, nothing where there is enough."""
        return Estimate(*(max(0.0, wanted - value) for value in reversed(self.ends)))

    def to_json(self) -> dict[str, float]:
        """A plain mapping, as `tutelage plan --json` prints it."""
        return {"low": self.low, "likely": self.expected, "high": self.high}


NOTHING, ALL = Estimate(0, 0, 0), Estimate(1, 1, 1)


def total(estimates: Iterable[Estimate]) -> Estimate:
    """The sum of estimates."""
    return sum(estimates, NOTHING)


def plus(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    """The sum of two estimates; unknown (None) where one is."""
    return None if one is None or other is None else one + other
