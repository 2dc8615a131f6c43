"""What answering uses on average: tokens, seconds, USD, as fractions of whole requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tutelage.accounting.ledger import Usage


@dataclass(frozen=True, slots=True)
class Spend:
    """A mean use; `usd` is what the provider charges, None where unknown."""

    output_tokens: float = 0.0
    input_tokens: float = 0.0
    seconds: float = 0.0
    """Of the user's own machine."""
    usd: float | None = 0.0

    def __add__(self, other: "Spend") -> "Spend":
        unknown = self.usd is None or other.usd is None
        return Spend(
            self.output_tokens + other.output_tokens,
            self.input_tokens + other.input_tokens,
            self.seconds + other.seconds,
            None if unknown else (self.usd or 0.0) + (other.usd or 0.0),
        )

    def times(self, factor: float) -> "Spend":
        """So many times as much."""
        usd = None if self.usd is None else factor * self.usd
        return Spend(
            factor * self.output_tokens, factor * self.input_tokens, factor * self.seconds, usd
        )

    def to_json(self) -> dict[str, Any]:
        """A plain mapping; generated tokens are `tokens`."""
        return {
            "tokens": self.output_tokens,
            "input_tokens": self.input_tokens,
            "seconds": self.seconds,
            "usd": self.usd,
        }


def spend_of(usage: Usage) -> Spend:
    """One use."""
    usd = None if usage.usd is None else float(usage.usd)
    return Spend(usage.output_tokens, usage.input_tokens, usage.seconds, usd)


def mean_spend(spends: Iterable[Spend]) -> Spend:
    """The mean of some; nothing where there are none."""
    found = list(spends)
    return sum(found, Spend()).times(1 / len(found)) if found else Spend()
