"""A demand on an answer's last number, and how numbers are read."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from tutelage.verifiers.emphasis import without_emphasis
from tutelage.verifiers.verifier import Verifier

# A sign counts only where it is no hyphen; spaces that group digits are narrow or hard ones.
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.])[-+])?[$€£¥]?(?<![\d.,])"
    r"(?P<digits>\d+(?:[\u00a0\u2009\u202f']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
    r"(?P<power>[eE][-+]?\d{1,4})?(?:/(?P<under>\d+(?:\.\d+)?)(?![\d/]))?"
    r"(?P<percent>[ \u00a0\u202f]?%|[ \u00a0]per ?cent\b)?"
)
_SIGNS = str.maketrans("\u2212\ufe63\uff0d\uff05\u2019", "---%'")
_THOUSANDS = re.compile(r"\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})|\d{1,2}(?:,\d{2})+,\d{3}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text."""

    value: float
    percent: bool
    """Whether a percent sign follows it."""
    start: int
    end: int

    @property
    def readings(self) -> tuple[float, ...]:
        """What it may mean: `50%` is 50 and 0.5."""
        return (self.value, self.value / 100) if self.percent else (self.value,)


class Numeric(Verifier):
    """The last number in the answer is a given one."""

    value: float = Field(allow_inf_nan=False)
    """The number wanted; `12.5%` in an answer is right for 12.5 and for 0.125."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """How far off it may be, in the number's own unit."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the number found and the one wanted."""
        found = numbers(without_emphasis(answer))
        if not found:
            return "holds no number"
        if self.agrees(found[-1]):
            return None
        seen = f"{found[-1].value:g}{'%' if found[-1].percent else ''}"
        return f"{seen} where {self.value:g} was wanted"

    def agrees(self, number: Number) -> bool:
        """Whether a number is the one wanted, in one of its readings."""
        near = max(self.tolerance, 1e-12)
        return any(
            math.isclose(one, self.value, rel_tol=1e-9, abs_tol=near) for one in number.readings
        )


def last_number(text: str) -> tuple[float, bool] | None:
    """The last number of a text, and whether a percent sign follows it; as `numbers` reads it."""
    found = numbers(without_emphasis(text))
    return (found[-1].value, found[-1].percent) if found else None


def numbers(text: str) -> list[Number]:
    """The numbers of a text, in order.

    `1,234.5`, `1.234,5`, `1 234` (hard spaces), `1e3`, `-$5`, `3/4` and `1 3/4` are read. A lone
    comma before exactly three digits groups thousands; any other lone separator is a decimal sign.
    Several that group nothing part numbers: `1,2,3` is three, and so is the date `5.12.2024`.
    """
    found: list[Number] = []
    plain = text.translate(_SIGNS)
    for match in _NUMBER.finditer(plain):
        read = _read(match)
        if found and _makes_mixed(plain, found[-1], match):
            whole = found.pop()
            sign = math.copysign(1, whole.value)
            part = replace(read[0], value=whole.value + sign * read[0].value, start=whole.start)
            read = [part]
        found += read
    return found


def _read(match: re.Match[str]) -> list[Number]:
    """One number, or those that a list without spaces holds."""
    values = _values(match["digits"])
    last = _scaled(values[-1], match["power"] or "")
    if match["under"]:
        part_of_date = match.string[match.start() - 1 : match.start()] == "/"
        under = float(match["under"])
        last = under if part_of_date else last / under if under else math.inf
    signed = [*values[:-1], last]
    signed[0] = -signed[0] if match["sign"] == "-" else signed[0]
    percent = bool(match["percent"])
    return [Number(value, percent, match.start(), match.end()) for value in signed]


def _scaled(value: float, power: str) -> float:
    """The value of `1.1` and `e3`, exactly where it can be written so."""
    try:
        return float(f"{value!r}{power}")
    except ValueError:  # 1e+22 and inf are no digits to put a power to
        return value * float(f"1{power}")


def _makes_mixed(text: str, whole: Number, match: re.Match[str]) -> bool:
    """Whether a fraction below 1 stands after a whole number: `1 1/2`."""
    if not match["under"] or match["sign"] or match["power"]:
        return False
    apart = text[whole.end : match.start()] in (" ", "\u00a0", "\u202f")
    plain = text[whole.start : whole.end].lstrip("-+$€£¥").isdigit()
    return apart and plain and float(match["digits"].replace(",", ".")) < float(match["under"])


def _values(digits: str) -> list[float]:
    """Digits with separators as a number: of two kinds the later one is the decimal sign."""
    digits = re.sub(r"[\u00a0\u2009\u202f']", "", digits)
    if _THOUSANDS.fullmatch(digits):
        return [float(re.sub("[.,]", "", digits))]
    if "." in digits and "," in digits:
        whole, _, rest = digits.rpartition(max(".,", key=digits.rfind))
        return [float(re.sub("[.,]", "", whole) + "." + rest)]
    pieces = re.split("[.,]", digits)
    return [float(".".join(pieces))] if len(pieces) <= 2 else [float(piece) for piece in pieces]
