"""Hard ceilings on use: the worst case of a request is set aside before it is sent."""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from tutelage.accounting.ledger import Usage, payment
from tutelage.core.config import Strict
from tutelage.core.errors import InputError
from tutelage.models.pricing import read_amount

if TYPE_CHECKING:
    from tutelage.models.model import Model

_Amounts = dict[str, Decimal]
LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")
"""Fields of a model's `extra` that decide how long answers may be, beside a request's own."""


class Limits(Strict):
    """An entry `budget:`, of the recipe or of one model. Answers of earlier runs count too.

    One that several stages use counts once. One that was lost on the way, or under way when a run
    ended, counts at its worst, in this run and in later ones. A server may charge reasoning beyond
    a request's `max_tokens`: then what is under way may cross a limit, and the run ends there.
    """

    usd: str | float | None = None
    """What endpoints may charge; needs their prices."""
    requests: int | None = Field(None, ge=0)
    """Answers, and those lost on the way; one that a server refused (429, 500) cost nothing."""
    output_tokens: int | None = Field(None, ge=0)
    """Tokens that models may write."""

    @field_validator("usd")
    @classmethod
    def _amount(cls, value: str | float | None) -> str | float | None:
        if value is not None:
            read_amount(value)
        return value


class Budget:
    """Counts use against limits. What is reserved counts as used until it is settled."""

    def __init__(self, limits: Limits, path: str) -> None:
        self._path = path
        self._limits = {
            name: read_amount(value) for name, value in limits.model_dump(exclude_none=True).items()
        }
        self._used: _Amounts = dict.fromkeys(self._limits, Decimal(0))
        self._reserved: _Amounts = dict.fromkeys(self._limits, Decimal(0))
        self._paid: set[int] = set()

    def fits(self, worst: Usage) -> bool:
        """Whether the worst case of one more request stays within every limit."""
        return all(
            self._used[name] + self._reserved[name] + amount <= self._limits[name]
            for name, amount in self._amounts(worst).items()
        )

    def reserve(self, worst: Usage) -> None:
        """Set the worst case of a request aside."""
        self._shift(self._reserved, self._amounts(worst), 1)

    def settle(self, worst: Usage, used: Usage, key: str) -> None:
        """Replace a reservation by what the request came to; `key` is empty without an answer."""
        self._shift(self._reserved, self._amounts(worst), -1)
        self._shift(self._used, self._amounts(used), 1)
        self._paid.add(hash(payment(key, used)))

    def count(self, key: str, used: Usage) -> None:
        """Count what was used already, by an earlier run or stage; this is never refused.

        What the journal keeps under a key counts once, whoever uses it.
        """
        if not key or hash(payment(key, used)) not in self._paid:
            self._shift(self._used, self._amounts(used), 1)
            self._paid.add(hash(payment(key, used)))

    def status(self) -> str:
        """What of which limit is used: `budget: usd 0.49 of 0.50`."""
        parts = [
            f"{name} {self._used[name]:f} of {limit:f}" for name, limit in self._limits.items()
        ]
        return f"{self._path}: {', '.join(parts)}"

    def raised(self, more: Usage) -> list[str]:
        """The limits to raise for `more` on top of what is used, as `budget.requests=101`."""
        wanted = {name: self._used[name] + amount for name, amount in self._amounts(more).items()}
        return [
            f"{self._path}.{name}={_rounded_up(value)}"
            for name, value in wanted.items()
            if value > self._limits[name]
        ]

    def _amounts(self, usage: Usage) -> _Amounts:
        return {name: Decimal(getattr(usage, name) or 0) for name in self._limits}

    @staticmethod
    def _shift(amounts: _Amounts, change: _Amounts, sign: int) -> None:
        for name, amount in change.items():
            amounts[name] += sign * amount


def _rounded_up(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.000001'), ROUND_UP).normalize():f}"


class Budgets:
    """The recipe's budget and those of its models, for one run."""

    def __init__(
        self, whole: Limits | None = None, models: Mapping[str, Limits | None] | None = None
    ) -> None:
        self._whole = Budget(whole, "budget") if whole else None
        self._whole_limits = whole
        self._models: dict[str, Budget] = {}
        for name, limits in (models or {}).items():
            self._limit(name, limits)

    def of(self, model: "Model") -> tuple[Budget, ...]:
        """All budgets that a model's requests count against; raises InputError as `check` does."""
        self._limit(model.name, model.config.budget)
        self.check(model)
        return self._both(model.name)

    @property
    def are_set(self) -> bool:
        """Whether the recipe limits anything, or a model does."""
        return self._whole_limits is not None or bool(self._models)

    def count(self, model: str, key: str, used: Usage) -> None:
        """Count what a finished stage used of a model, as `Budget.count` does."""
        for budget in self._both(model):
            budget.count(key, used)

    def check(self, model: "Model") -> None:
        """Raise InputError for a model whose requests have no worst case under its budgets."""
        limits = [given for given in (self._whole_limits, model.config.budget) if given]
        in_usd = any(given.usd is not None for given in limits)
        if in_usd and model.charge(Usage()) is None:
            raise InputError(
                f"model '{model.name}': a budget in USD needs its price, and no data set lists "
                f"it; give `models.{model.name}.price: {{input: ..., output: ...}}` in USD per "
                "million tokens (0 where it costs nothing)"
            )
        of_tokens = any(given.output_tokens is not None for given in limits)
        of_tokens |= in_usd and bool(model.charge(Usage(output_tokens=1_000_000)))
        if of_tokens and is_endless(model.config.extra):
            raise InputError(
                f"model '{model.name}': `extra: {{max_tokens: null}}` leaves its answers without "
                "a limit, so that none could be sent within a budget in USD or output tokens; give "
                f"`models.{model.name}.extra.max_completion_tokens` as well"
            )

    def _limit(self, model: str, limits: Limits | None) -> None:
        if limits and model not in self._models:
            self._models[model] = Budget(limits, f"models.{model}.budget")

    def _both(self, model: str) -> tuple[Budget, ...]:
        both = (self._whole, self._models.get(model))
        return tuple(budget for budget in both if budget)


def is_endless(extra: Mapping[str, Any]) -> bool:
    """Whether nothing is sent that limits an answer."""
    own, other = (extra.get(name, 0) for name in LIMIT_FIELDS)
    return own is None and not other
