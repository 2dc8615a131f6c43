"""What the same sample costs when people make it: read from a data file that a user may replace."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from tutelage.core.config import Strict, load_yaml, parse

SHIPPED = Path(__file__).with_name("baselines.yaml")


class Baseline(Strict):
    """One published or modelled price of a human label."""

    kind: Literal["demonstration", "preference", "label"]
    label: str
    """What is paid for, in a few words."""
    usd_low: float = Field(ge=0, allow_inf_nan=False)
    usd_high: float = Field(ge=0, allow_inf_nan=False)
    """Equal to `usd_low` where one price is given."""
    year: int | None = None
    source: str
    caveat: str = ""
    """What the price leaves out, or how it was derived."""
    n: int | None = None
    """Decisions of people in this run that it was measured on; None for what others state."""

    @model_validator(mode="after")
    def _low_first(self) -> Self:
        if self.usd_low > self.usd_high:
            raise ValueError(f"usd_low {self.usd_low:g} is above usd_high {self.usd_high:g}")
        return self


class Wage(Strict):
    """What an hour of the people costs who review rows."""

    usd_per_hour_low: float = Field(ge=0, allow_inf_nan=False)
    """What an hour of theirs costs at least."""
    usd_per_hour_high: float = Field(ge=0, allow_inf_nan=False)
    """Equal to the lower one where it is known."""
    source: str
    """Who says so: the recipe, or where else it is from."""

    def in_words(self) -> str:
        """`15 to 25 USD per hour (source)`."""
        low, high = self.usd_per_hour_low, self.usd_per_hour_high
        reach = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"{reach} USD per hour ({self.source})"


class Baselines(Strict):
    """The data file."""

    wage: Wage | None = None
    """What people's time is priced at where the recipe says nothing; by default the shipped one."""
    baselines: list[Baseline]


def load_wage(file: Path | None, usd_per_hour: float | None) -> Wage:
    """The recipe's own wage, else that of its `baselines:` file, else the shipped one."""
    if usd_per_hour is not None:
        return Wage(
            usd_per_hour_low=usd_per_hour, usd_per_hour_high=usd_per_hour, source="the recipe"
        )
    files = [chosen for chosen in (file, SHIPPED) if chosen is not None]
    wages = (parse(Baselines, load_yaml(one), one).wage for one in files)
    return next(wage for wage in wages if wage is not None)


def load_baselines(file: Path | None) -> list[Baseline]:
    """The prices in `file`, or the shipped ones; raises InputError with file, line and path."""
    chosen = file or SHIPPED
    return parse(Baselines, load_yaml(chosen), chosen).baselines
