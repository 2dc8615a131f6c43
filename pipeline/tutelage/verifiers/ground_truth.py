"""What an answer is held against: its leaf's demands, and the truth that its own row brings."""

import json
from collections.abc import Mapping
from typing import Any

from tutelage.core.config import parse
from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.python_tests import PythonTests
from tutelage.verifiers.right_answer import RightAnswer
from tutelage.verifiers.verifier import Verifier, build_verifiers, leaf_verifiers

TRUTHS = ("answer", "tests", "verify")
"""Columns of a row that say what is right, beside `reference`, an answer that is."""


def demands_on(row: Mapping[str, Any], leaf: Leaf | None) -> tuple[Verifier, ...]:
    """The demands of the leaf, then those of the row; raises InputError for a wrong one."""
    return (leaf_verifiers(leaf) if leaf else ()) + row_demands(row)


def row_demands(row: Mapping[str, Any]) -> tuple[Verifier, ...]:
    """What a row itself demands of an answer.

    `answer` is the right final answer, `tests` are Python tests that its code must pass, `verify`
    are verifiers written as in a leaf. Raises RowsError for what is none of these.
    """
    found: list[Verifier] = []
    where = f"row {row.get('id')}"
    if (answer := row.get("answer")) not in (None, ""):
        found.append(
            parse(RightAnswer, {"text": _text(answer)}, f"{where}: answer", error=RowsError)
        )
    if tests := row.get("tests"):
        found.append(parse(PythonTests, {"tests": tests}, f"{where}: tests", error=RowsError))
    if specs := row.get("verify"):
        found.extend(build_verifiers(specs, f"{where}: verify", RowsError))
    return tuple(found)


def has_truth(row: Mapping[str, Any], leaf: Leaf | None) -> bool:
    """Whether a program can say of an answer to the row how good it is."""
    return bool((leaf and leaf.verify) or any(row.get(name) for name in TRUTHS))


def _text(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return json.dumps(answer, ensure_ascii=False)
    return str(answer)
