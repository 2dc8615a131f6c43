"""Whether a reply's final answer is the right one: a number, a formula, JSON, or words."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from tutelage.verifiers.answer_remarks import without_end_marks, without_remarks
from tutelage.verifiers.emphasis import (
    TAG,
    without_emphasis,
    without_lone_ends,
    without_marks,
)
from tutelage.verifiers.json_form import NotJson, parse_json
from tutelage.verifiers.math_equal import looks_like_formula, math_equal
from tutelage.verifiers.numeric import Numeric, numbers
from tutelage.verifiers.overlap import normalised
from tutelage.verifiers.phrases import Text
from tutelage.verifiers.score import Score
from tutelage.verifiers.stated_number import (
    formula,
    is_bare_formula,
    plain_math,
    stated_numbers,
)
from tutelage.verifiers.verifier import Verifier

_MARK = re.compile(
    rf"(?:^|\n)(?:[ \t*_#]|{TAG})*(?:the )?(?:final )?answer(?: is)?(?:[ \t*_]|{TAG})*[:=]"
    r"(?:[ \t*_]|</\w{1,6}>)*",
    re.IGNORECASE,
)
"""The line that our step-by-step answers end with, however it is set."""
_LIST = re.compile(r"[-+\u2212\d.,;\s%(){}\[\]]+")
"""Numbers and what parts them, and nothing else."""
_COMPARABLE = re.compile(r"\d|\\[A-Za-z]{2}|[^\s<>!=]\s*=\s*[^\s<>!=]")
"""A digit, a LaTeX command or an equation: without any, signs (`->`, `a|b`) are no formula."""
_NO_VALUE = re.compile(r"\d/\d+/\d|(?<![\w\\])[A-Za-z]\.?\s?\d+(?:\.\d+)+|[-=]>|</?[A-Za-z][^<>]*>")
"""A date (`10/12/2024`), a version (`v1.2.3`), an arrow or a tag."""


class RightAnswer(Verifier):
    """The reply's final answer is the right one.

    The final answer stands after the last `Answer:`, else in the last `\\boxed{}`, else it is the
    whole reply, whose last number counts where a number is wanted. A number is right at its value
    (1,200 is 1200, 50% is 0.5, `x = 5 km` is 5); a final answer with several numbers is right where
    all of them are. JSON is right at its value, whatever the order of keys; a formula where both
    are mathematically equal (math-verify, where it is installed), also where a number is wanted;
    words without regard to case, punctuation and articles.
    """

    text: Text
    """The right answer."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """How far off a number may be."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """All or nothing, but for JSON objects: there the share of keys with the right value."""
        found = final_answer(answer)
        if self._agrees(found, answer):
            return Score(1.0)
        seen = "no final answer" if found is None else f"'{found[:60]}'"
        part = _share_of_keys(found if found is not None else answer, self.text)
        return Score(part, f"{seen} where '{self.text[:60]}' was wanted")

    def _agrees(self, stated: str | None, reply: str) -> bool:
        found, wanted = reply if stated is None else stated, self.text.strip()
        if (value := _value(wanted)) is not None:
            marked = stated is not None or is_bare_formula(reply)
            return self._is_number(found, value, marked=marked)
        if normalised(found) == normalised(wanted) or _same_list(found, wanted):
            return True
        if wanted[:1] in ("{", "["):
            return _same_json(found, wanted)
        plain = without_emphasis(found)
        if plain != found and without_emphasis(wanted) == wanted:
            return self._agrees(plain, reply)
        return looks_like_formula(wanted) and math_equal(wanted, found)

    def _is_number(self, found: str, value: tuple[float, ...], *, marked: bool) -> bool:
        demands = [Numeric(value=one, tolerance=self.tolerance) for one in value]
        seen = stated_numbers(found) if marked else numbers(plain_math(without_remarks(found)))[-1:]
        if seen is None:
            expression = formula(found)
            return expression is not None and math_equal(self.text.strip(), expression)
        return bool(seen) and all(any(each.agrees(one) for each in demands) for one in seen)


def has_one_value(text: str) -> bool:
    """Whether a text is a number or a formula and nothing else, so that equal ones can be told.

    Dates, versions, tags and lone signs have no value.
    """
    if not _COMPARABLE.search(text) or _NO_VALUE.search(text):
        return False
    return _value(plain_math(text).strip(" $")) is not None or is_bare_formula(text)


def final_answer(reply: str) -> str | None:
    """What a reply gives as its final answer; None where it marks none."""
    reply = without_end_marks(reply)
    marks = list(_MARK.finditer(reply))
    if marks:
        rest = reply[marks[-1].end() :].strip()
        block = rest if rest[:1] in ("{", "[", "`") else _line(reply[marks[-1].start() :].strip())
        boxed = _last_boxed(block) if block.count("\\boxed{") == 1 else None
        return boxed or block.strip(" \t*_")
    return _last_boxed(reply)


def _line(text: str) -> str:
    """What follows the mark that a text begins with, on its line or the next; emphasis paired."""
    first, _, below = text.partition("\n")
    first = without_marks(without_end_marks(first))
    mark = _MARK.match(first)
    rest = first[mark.end() :].strip(" \t*_") if mark else first
    rest = rest or without_marks(without_end_marks(below.strip().partition("\n")[0]))
    return without_lone_ends(rest)


def _last_boxed(reply: str) -> str | None:
    """The content of the last `\\boxed{...}`, with its own braces balanced."""
    start = reply.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed")
    for place in range(begin, len(reply)):
        depth += {"{": 1, "}": -1}.get(reply[place], 0)
        if depth == 0:
            return reply[begin + 1 : place].strip()
    return None


def _share_of_keys(found: str, wanted: str) -> float:
    """Of all keys of two JSON objects those with the same value; 0 where one is no object."""
    try:
        ours, right = parse_json(found), parse_json(wanted)
    except NotJson:
        return 0.0
    if not (isinstance(ours, dict) and isinstance(right, dict) and (keys := {*ours, *right})):
        return 0.0
    same = [key for key in ours if key in right and ours[key] == right[key]]
    return len(same) / len(keys)


def _value(wanted: str) -> tuple[float, ...] | None:
    """What a right answer that is one plain number may mean; None where it is anything else."""
    found = numbers(wanted)
    if len(found) != 1 or found[0].end - found[0].start < len(wanted):
        return None
    usable = math.isfinite(found[0].value) and not set(wanted) & set("$€£¥")
    return found[0].readings if usable else None


def _same_list(found: str, wanted: str) -> bool:
    """Whether both are the same numbers in the same order, however they are parted."""
    if not (_LIST.fullmatch(found) and _LIST.fullmatch(wanted)):
        return False
    ours, right = numbers(found), numbers(wanted)
    return len(right) > 1 and [one.readings for one in ours] == [one.readings for one in right]


def _same_json(found: str, wanted: str) -> bool:
    try:
        return bool(parse_json(found) == parse_json(wanted))
    except NotJson:
        return False
