"""Use turned into USD, exactly: what providers charge, and machine time at the user's rate."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tutelage.accounting.ledger import Usage

_STEP = Decimal("1e-10")
"""Each entry is rounded to this part of a USD once; sums of such amounts are exact, in JSON too."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Use with its price; an amount that is None is unknown, and so is any sum it enters."""

    provider_usd: Decimal | None = Decimal(0)
    machine_usd: Decimal | None = Decimal(0)
    seconds: Decimal = Decimal(0)
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            _sum(self.provider_usd, other.provider_usd),
            _sum(self.machine_usd, other.machine_usd),
            self.seconds + other.seconds,
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.estimated or other.estimated,
        )

    @property
    def usd(self) -> Decimal | None:
        """Provider and machine together."""
        return _sum(self.provider_usd, self.machine_usd)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; null for an unknown amount."""
        return {
            "usd": number(self.usd),
            "usd_provider": number(self.provider_usd),
            "usd_machine": number(self.machine_usd),
            "seconds": float(self.seconds),
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "estimated": self.estimated,
        }


def price(usage: Usage, usd_per_hour: float | None) -> Cost:
    """The cost of a use; time on a machine without a price costs an unknown amount, not nothing."""
    seconds = Decimal(str(round(usage.seconds, 6)))
    machine: Decimal | None = Decimal(0)
    if seconds:
        rate = None if usd_per_hour is None else Decimal(str(usd_per_hour))
        machine = None if rate is None else (seconds * rate / 3600).quantize(_STEP)
    provider = None if usage.usd is None else usage.usd.quantize(_STEP)
    return Cost(
        provider,
        machine,
        seconds,
        usage.requests,
        usage.input_tokens,
        usage.output_tokens,
        usage.estimated,
    )


def number(usd: Decimal | None) -> float | None:
    """An amount as a JSON number; `Decimal(str(...))` of it is the amount again."""
    return None if usd is None else float(usd)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
