"""A demand on an answer's last number."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from tutelage.verifiers.verifier import Verifier

# A sign counts only where it is no hyphen; spaces that group digits are narrow or hard ones.
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.])[-+])?[$€£¥]?(?<![\d.,])"
    r"(?P<digits>\d+(?:[\u00a0\u2009\u202f']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
    r"(?P<power>[eE][-+]?\d{1,4})?(?:/(?P<under>\d+(?:\.\d+)?)(?![\d/]))?"
    r"(?P<percent>[ \u00a0\u202f]?%)?"
)
_SIGNS = str.maketrans("\u2212\ufe63\uff0d\uff05\u2019", "---%'")
_THOUSANDS = re.compile(r"\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})")


class Numeric(Verifier):
    """The last number in the answer is a given one."""

    value: float = Field(allow_inf_nan=False)
    """The number wanted; `12.5%` in an answer is right for 12.5 and for 0.125."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """How far off it may be, in the number's own unit."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the number found and the one wanted."""
        found = last_number(answer)
        if found is None:
            return "holds no number"
        number, percent = found
        readings = (number, number / 100) if percent else (number,)
        if any(self._near(reading) for reading in readings):
            return None
        return f"{number:g}{'%' if percent else ''} where {self.value:g} was wanted"

    def _near(self, number: float) -> bool:
        return math.isclose(number, self.value, rel_tol=1e-9, abs_tol=max(self.tolerance, 1e-12))


def last_number(text: str) -> tuple[float, bool] | None:
    """The last number of a text, and whether a percent sign follows it.

    `1,234.5`, `1.234,5`, `1 234` (hard spaces), `1e3`, `-$5` and `3/4` are read. A lone comma
    before exactly three digits groups thousands; any other lone separator is a decimal sign.
    """
    matches = list(_NUMBER.finditer(text.translate(_SIGNS)))
    if not matches:
        return None
    last = matches[-1]
    number = float(f"{_value(last['digits'])!r}{last['power'] or ''}")
    if last["under"]:
        part_of_date = text[last.start() - 1 : last.start()] == "/"
        under = float(last["under"])
        number = under if part_of_date else number / under if under else math.inf
    return (-number if last["sign"] == "-" else number), bool(last["percent"])


def _value(digits: str) -> float:
    """Digits with separators as a number: of two kinds the later one is the decimal sign."""
    digits = re.sub(r"[\u00a0\u2009\u202f']", "", digits)
    if _THOUSANDS.fullmatch(digits):
        return float(re.sub("[.,]", "", digits))
    if "." in digits and "," in digits:
        whole, _, rest = digits.rpartition(max(".,", key=digits.rfind))
        return float(re.sub("[.,]", "", whole) + "." + rest)
    pieces = re.split("[.,]", digits)
    return float(".".join(pieces)) if len(pieces) <= 2 else float(pieces[-1])
