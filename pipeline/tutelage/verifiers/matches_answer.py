"""A demand that reads the row: that an answer's result is the one in the column `answer`."""

import json
import math
from collections.abc import Mapping
from typing import Any, Literal

import regex
from pydantic import Field

from tutelage.verifiers.accept import accepted
from tutelage.verifiers.final_answer import after_mark, final_answer, marks_result
from tutelage.verifiers.json_form import NotJson, parse_json
from tutelage.verifiers.math_equal import math_equal
from tutelage.verifiers.numeric import Numeric, is_number, last_number
from tutelage.verifiers.overlap import exact_match
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import Verifier

Comparison = Literal["number", "math", "json", "words", "exact"]
_MATHS = regex.compile(r"\\[a-zA-Z{(\[]|[\^=√π∞∪≤≥±]|\$.+\$|^[\[(][^\p{L}]*,[^\p{L}]*[\])]$")


class MatchesAnswer(Verifier):
    """The answer's result is the row's `answer`.

    The result is what stands in `\\boxed{}`, after `Answer:` or `####`, or in the last line.
    """

    compare: Literal["auto", "number", "math", "json", "words", "exact"] = "auto"
    """As numbers; as mathematics (LaTeX, by math-verify); as JSON, where the share of right keys
    counts; as whole words that occur in the result; or as the same text but for case and
    punctuation. `auto` goes by what the row's `answer` looks like, text being compared as words."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """How far off a number may be."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """Names the result found and the one wanted; a row without `answer` fails."""
        if row.get("answer") in (None, ""):
            return Score(0.0, "the row has no `answer`")
        wanted = known_answer(row["answer"])
        how = kind_of_answer(wanted) if self.compare == "auto" else self.compare
        if how == "json":
            return _share_of_json(answer, wanted)
        found = final_answer(answer)
        if self._same(how, found, wanted):
            return Score(1.0)
        return Score(0.0, f"the result is {_short(found)}, should be {_short(wanted)}")

    def _same(self, how: str, found: str, wanted: str) -> bool:
        if how == "number":
            number = last_number(wanted)
            if number is None or not math.isfinite(number[0]):
                return False
            wholes = (number[0], number[0] / 100) if number[1] else number[:1]
            demands = [Numeric(value=one, tolerance=self.tolerance) for one in wholes]
            return any(demand.check(found, {}) is None for demand in demands)
        if how == "math":
            return exact_match(found, [wanted]) or math_equal(wanted, found)
        if how == "exact":
            return exact_match(found, [wanted])
        return accepted(found, [wanted]) is not None


def known_answer(value: Any) -> str:
    """The right result in a row's column: of a worked solution (`... #### 42`) its result."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value).strip()
    return final_answer(text) if marks_result(text) else text


def kind_of_answer(wanted: str) -> Comparison:
    """How a right answer is compared, by what it looks like."""
    if wanted[:1] in "{[" and _json(wanted) is not None:
        return "json"
    if is_number(wanted):
        return "number"
    return "math" if _MATHS.search(wanted) else "words"


def _json(text: str) -> Any:
    try:
        value = parse_json(text)
    except NotJson:
        return None
    return value if isinstance(value, dict | list) else None


def _share_of_json(answer: str, wanted: str) -> Score:
    """The share of keys with the right value, further ones counting against it; else all."""
    right = parse_json(wanted)
    try:
        found = parse_json(answer)
    except NotJson:
        try:
            found = parse_json(after_mark(answer))
        except NotJson as exc:
            return Score(0.0, f"not JSON: {exc}")
    if not (isinstance(right, dict) and isinstance(found, dict)):
        return Score.unless(None if found == right else f"is not {_short(wanted)}")
    keys = sorted({*right, *found})
    lost = object()
    wrong = [key for key in keys if found.get(key, lost) != right.get(key, lost)]
    reason = f"{wrong[0]} is not {_short(json.dumps(right.get(wrong[0])))}" if wrong else None
    return Score.share(len(keys) - len(wrong), len(keys), reason)


def _short(text: str) -> str:
    text = " ".join(text.split()) or "empty"
    return text if len(text) <= 60 else f"{text[:57]}..."
