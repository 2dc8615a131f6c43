"""An attribute of a leaf's grid as written: its values, their weights, a range, a condition."""

import itertools
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PositiveFloat, model_validator

from tutelage.core.config import Strict

_KEYS = ("values", "range", "step", "when")
_MOST_VALUES = 1000


def _number(value: Any) -> Any:
    """A number that was kept as text, as all values of attributes are."""
    try:
        return float(value) if isinstance(value, str | int) else value
    except ValueError:
        return value


Number = Annotated[float, BeforeValidator(_number)]
Weight = Annotated[PositiveFloat, BeforeValidator(_number)]


class AttributeForm(Strict):
    """An attribute with more than a list of values."""

    values: Annotated[dict[str, Weight], Field(min_length=1)] | None = None
    """Values with their weights, or a list of values."""
    range: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    """The least and the greatest number, in place of values."""
    step: Annotated[float, BeforeValidator(_number), Field(gt=0)] = 1.0
    """The distance between the numbers of a range."""
    when: dict[str, list[str]] = {}
    """Only in cells where these attributes have one of these values."""

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: Any) -> Any:
        """Values with weights as the whole form, a list of values as values of equal weight."""
        if not isinstance(given, dict):
            return given
        if given and not set(given) & set(_KEYS):
            return {"values": given}
        found, when = dict(given), given.get("when")
        if isinstance(values := given.get("values"), list) and all(map(_is_text, values)):
            found["values"] = dict.fromkeys(values, 1.0)
        if isinstance(when, dict):
            found["when"] = {k: v if isinstance(v, list) else [v] for k, v in when.items()}
        return found

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.values is None) == (self.range is None):
            raise ValueError("an attribute has either `values` or a `range`")
        if any(not value.strip() for value in self.values or ()):
            raise ValueError("a value of an attribute must not be blank")
        if self.range is not None:
            low, high = self.range
            if low >= high:
                raise ValueError("a `range` goes from a lower number to a higher one")
            if (high - low) / self.step >= _MOST_VALUES:
                raise ValueError(f"a `range` of over {_MOST_VALUES} numbers needs a larger `step`")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Every value with its weight."""
        if self.values is not None:
            return self.values
        low, high = self.range or [0.0, 0.0]
        steps = itertools.takewhile(
            lambda number: number <= high + self.step * 1e-9,
            (low + n * self.step for n in itertools.count()),
        )
        return {_plain(number): 1.0 for number in steps}


def _plain(number: float) -> str:
    """A number as people write it, whatever its size: 0.3, 20240101."""
    return f"{Decimal(repr(round(number, 9))).normalize() + 0:f}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
