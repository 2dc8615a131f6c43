"""Arithmetic in a text, computed again: each `a + b = c`, wherever it stands, right or wrong.

Read are + - * / and their usual signs, brackets, percent, money signs, grouped thousands, and words
after a number (`5 apples + 3 apples = 8 apples`). What holds an unknown (`x + 5 = 12`) is algebra
and no step; nor is a conversion between units (`2 * 60 minutes = 2 hours`).
"""

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import regex

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_OPERAND = rf"[$€£¥]?\s*(?:{_NUMBER})\s*%?"
_UNIT = r"(?:[ \u00a0]*\p{L}{2,}\.?){0,2}?"
_SIGN = r"[-+*/×·÷−–]|(?<=[\d)% ])[xX](?=[\d( $€£¥])|(?<=%)\s*of\b"
_TERM = rf"[(\s]*[-−]?\s*{_OPERAND}{_UNIT}[)\s]*"
_EXPRESSION = rf"{_TERM}(?:(?:{_SIGN}){_TERM})*"
_LEFT = regex.compile(rf"({_EXPRESSION})\Z")
_RIGHT = regex.compile(rf"\s*(?:about|approximately)?\s*({_EXPRESSION})")
_EQUALS = regex.compile(r"(?<![<>!=≤≥])(?:=|≈)(?![=])")
_PLAIN = str.maketrans("×·÷−–xX", "**/--**")
_MARKS = regex.compile(r"(?<!\d)\*\*|\*\*(?!\d)|`|\\[()\[\]]|^\s*[-*•]\s+|\\(?:left|right|,|;)")
"""Marks of Markdown and LaTeX that are no arithmetic: bold, code, a list's item."""
_LATEX = (("\\times", "×"), ("\\cdot", "·"), ("\\div", "÷"), ("\\approx", "≈"), ("\\$", "$"))
_LONGEST = 200
"""Characters at either side of an equals sign that are read."""
_MEASURE = regex.compile(
    r"(second|minute|hour|day|week|month|year|mm|cm|km|meter|metre|kilometer|kg|gram|kilogram|liter"
    r"|litre|ml|cent|dollar|euro|inch|foot|feet|yard|mile|ounce|pound|dozen)(?:e?s)?"
)
_DO: dict[type[ast.AST], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class ArithmeticStep:
    """One computation: what is written, the numbers in it, and whether it comes out as stated."""

    text: str
    start: int
    """Where in the answer the line begins that holds it."""
    numbers: tuple[Fraction, ...]
    """Of what is computed."""
    stated: Fraction
    value: Fraction
    right: bool

    @property
    def problem(self) -> str | None:
        """Why it is wrong; None where it is right."""
        return None if self.right else f"{self.text} is wrong: it comes to {_written(self.value)}"


def arithmetic_steps(text: str) -> list[ArithmeticStep]:
    """The computations in a text, in order."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        found += list(_steps_of(line, start))
        start += len(line)
    return found


def _steps_of(line: str, start: int) -> Iterator[ArithmeticStep]:
    for name, sign in _LATEX:
        line = line.replace(name, sign)
    line = _MARKS.sub(" ", line)
    ends = [0, *(place for sign in _EQUALS.finditer(line) for place in sign.span()), len(line)]
    parts = [line[ends[n] : ends[n + 1]] for n in range(0, len(ends), 2)]
    signs = [line[ends[n] : ends[n + 1]] for n in range(1, len(ends) - 1, 2)]
    for sign, before, after in zip(signs, parts, parts[1:], strict=False):
        step = _step(before, after, start, rough=sign == "≈" or "about" in after[:8])
        if step is not None:
            yield step


def _step(before: str, after: str, start: int, *, rough: bool) -> ArithmeticStep | None:
    left = _LEFT.search(before[-_LONGEST:], timeout=1)
    right = _RIGHT.match(after[:_LONGEST], timeout=1)
    if left is None or right is None:
        return None
    if _is_algebra(before[-_LONGEST:][: left.start()], after[right.end() :]):
        return None
    unit = regex.match(r"[ \u00a0]*\p{L}{2,}", after[right.end() :])
    first, second = _read(left[1]), _read(right[1] + (unit[0] if unit else ""))
    if first is None or second is None or not (first.computes or second.computes):
        return None
    if first.measures and second.measures and not first.measures & second.measures:
        return None  # a conversion
    stated, value = second, first
    if not first.computes:  # 19 = 12 + 7
        stated, value = first, second
    ok = any(_agree(value.value, one, stated.decimals, rough=rough) for one in stated.readings)
    shown = f"{left[1].strip()} = {right[1].strip()}"
    return ArithmeticStep(
        " ".join(shown.split()), start, value.numbers, stated.readings[0], value.value, ok
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """An expression as numbers: its value, and what it may have been meant as."""

    value: Fraction
    readings: tuple[Fraction, ...]
    """Its value; where a sum goes on after its first number, that number too: `= 19 - 5`."""
    numbers: tuple[Fraction, ...]
    computes: bool
    decimals: int
    measures: frozenset[str]


def _read(text: str) -> _Read | None:
    words = regex.findall(r"\p{L}{2,}", text.casefold())
    units = frozenset(found[1] for word in words if (found := _MEASURE.fullmatch(word)))
    plain = regex.sub(r"(?<=%)\s*of\b", "*", text)
    plain = regex.sub(r"\p{L}{2,}\.?|[$€£¥,]", "", plain).translate(_PLAIN)
    whole = regex.sub(r"(\d*\.?\d+)\s*%", r"(\1/100)", plain)
    value, numbers = _value(whole), _numbers(plain)
    if value is None or not numbers:
        return None
    computes = len(numbers) > 1
    decimals = len(plain.strip(" ()").partition(".")[2].rstrip(" %)")) if not computes else 0
    readings = [value, *numbers[:1]] if computes else [value]
    if "%" in plain and not computes:
        readings.append(numbers[0])  # 0.2 = 20 %, and 30 % + 20 % = 50 %
    return _Read(value, tuple(readings), tuple(numbers), computes, decimals, units)


def _value(expression: str) -> Fraction | None:
    """An arithmetic expression's value; None where it is none, or divides by 0."""
    try:
        return _computed(ast.parse(expression.strip(), mode="eval").body, expression.strip())
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _computed(node: ast.AST, source: str) -> Fraction:
    if isinstance(node, ast.BinOp) and type(node.op) in _DO:
        return _DO[type(node.op)](_computed(node.left, source), _computed(node.right, source))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_computed(node.operand, source)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(ast.get_source_segment(source, node) or "")  # 0.1 is a tenth
    raise ValueError("no arithmetic")


def _numbers(plain: str) -> list[Fraction]:
    return [Fraction(number) for number in regex.findall(r"\d*\.?\d+", plain)]


def _agree(value: Fraction, stated: Fraction, decimals: int, *, rough: bool) -> bool:
    """Whether a stated number is the value, or the value rounded to the decimals it has."""
    if value == stated:
        return True
    if not decimals and not rough:
        return False
    return abs(value - stated) <= Fraction(1, 2 * 10**decimals)


def _is_algebra(before: str, ahead: str) -> bool:
    """Whether an unknown or a further sign stands beside what could be read."""
    if regex.match(r"\s*(?:[-+*/×·÷^]|\p{L}\b)", ahead):
        return True
    return bool(regex.search(r"[-+*/×·÷^(=]\s*\Z|(?<!\p{L})\p{L}\s*\Z", before))


def _written(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
