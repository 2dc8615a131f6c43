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

    @model_validator(mode="after")
    def _low_first(self) -> Self:
        if self.usd_low > self.usd_high:
            raise ValueError(f"usd_low {self.usd_low:g} is above usd_high {self.usd_high:g}")
        return self


class Baselines(Strict):
    """The data file."""

    baselines: list[Baseline]


def load_baselines(file: Path | None) -> list[Baseline]:
    """The prices in `file`, or the shipped ones; raises InputError with file, line and path."""
    chosen = file or SHIPPED
    return parse(Baselines, load_yaml(chosen), chosen).baselines
