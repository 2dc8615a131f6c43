"""What stands around a final answer and is no part of it: marks, a label, a remark, its sum.

`8<|im_end|>`, `Option b 3`, `20 -> done`, `5 = five` and `15 (5 * 3)` say 8, 3, 20, 5 and 15.
"""

import ast
import math
import operator
import re

from tutelage.verifiers.emphasis import without_emphasis
from tutelage.verifiers.numeric import Number, numbers

_END_MARK = re.compile(r"(?:<\|\w{2,}\|>|</s>)\Z")
_LONGEST_MARK, _MOST_MARKS = 40, 8
"""Only so much of a reply's end is looked at, whatever a model repeats."""
_LABEL = re.compile(
    r"^\s*(?:option|choice|part|answer)\s+\(?[a-z]\)?[\s:.)]+(?=[$€£¥]?[-\u2212]?\d)", re.IGNORECASE
)
_REMARK = re.compile(r"(?:[-=]>|[→⇒]|(?<![<>!=])=)\s*([^\W\d_]{2}[\w ,.!']*)$")
_DENIED = re.compile(
    r"\d|_|\b(?:no|not|none|nothing|never|wrong|false|incorrect|undefined|impossible|or|pi|infinity)\b"
    r"|\b[^\W\d_]\b",
    re.IGNORECASE,
)
"""What makes the words after an equals sign or arrow more than a remark."""
_NUMBER_FIRST = re.compile(r"[\s$€£¥+\-\u2212~≈*]*\d")
_COMPUTED = re.compile(r"\s\(([\d\s.,+\-*/×÷·\u2212=]+)\)[\s.$*]*$")
_OPERATION = re.compile(r"\d\s*[-+*/×÷·\u2212]")
_PLAIN = str.maketrans({"×": "*", "·": "*", "÷": "/", "\u2212": "-", ",": None})
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_LONGEST = 60
"""Characters of a sum in parentheses."""


def without_end_marks(answer: str) -> str:
    """An answer without the marks that a chat template ends a turn with."""
    for _ in range(_MOST_MARKS):
        text = answer.rstrip()
        found = _END_MARK.search(text, max(0, len(text) - _LONGEST_MARK))
        if found is None:
            break
        answer = text[: found.start()]
    return answer


def without_remarks(answer: str) -> str:
    """An answer without marks, its option's letter, words after it and how it was computed."""
    text = _LABEL.sub("", without_emphasis(without_end_marks(answer)))
    return _without_sum(_without_words(text))


def _without_words(text: str) -> str:
    """`20 -> done` as `20`, where a number stands before the arrow or equals sign."""
    found = _REMARK.search(text)
    if found is None or _DENIED.search(found[1]):
        return text
    before = text[: found.start()]
    return before if _NUMBER_FIRST.match(before.rpartition("=")[2]) else text


def _without_sum(text: str) -> str:
    """`15 (5 * 3)` as `15`; `15 (5 * 4)` as it is."""
    found = _COMPUTED.search(text)
    if found is None or len(found[1]) > _LONGEST or not _OPERATION.search(found[1]):
        return text
    before = text[: found.start()]
    stated = numbers(before)[-1:]
    sides = found[1].split("=")
    return before if stated and all(_comes_to(side, stated[0]) for side in sides) else text


def _comes_to(arithmetic: str, number: Number) -> bool:
    try:
        value = _computed(ast.parse(arithmetic.translate(_PLAIN).strip(), mode="eval").body)
        return any(math.isclose(value, one, rel_tol=1e-9) for one in number.readings)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError):
        return False


def _computed(node: ast.expr) -> float:
    """The value of plain arithmetic; raises ValueError for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_computed(node.operand)
    if isinstance(node, ast.BinOp) and (applied := _OPERATORS.get(type(node.op))) is not None:
        return float(applied(_computed(node.left), _computed(node.right)))
    raise ValueError("no plain arithmetic")
