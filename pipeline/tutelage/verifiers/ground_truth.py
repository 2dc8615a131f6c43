"""What an answer is held against: its leaf's demands, and those that its own row brings."""

import json
from collections.abc import Mapping
from typing import Any

from tutelage.core.config import parse
from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.python_tests import PythonTests
from tutelage.verifiers.right_answer import RightAnswer, has_one_value
from tutelage.verifiers.verifier import Verifier, build_verifiers, leaf_verifiers, score_answer

__all__ = [
    "Demands",
    "demands_on",
    "own_verify",
    "reference_truth",
    "row_demands",
    "score_answer",
    "truth_of",
]


class Demands:
    """The demands on the rows of a taxonomy, with each leaf's built once.

    Raises TaxonomyError for a leaf's wrong one.
    """

    def __init__(self, taxonomy: Taxonomy | None, everywhere: tuple[Verifier, ...] = ()) -> None:
        """`everywhere` is demanded of all rows, those of no leaf too."""
        self._everywhere = everywhere
        self._by_leaf = {
            leaf.path: everywhere + leaf_verifiers(leaf)
            for leaf in (taxonomy.leaves if taxonomy else ())
        }

    def on(self, row: Mapping[str, Any]) -> tuple[Verifier, ...]:
        """All demands on the row's answer; raises RowsError for a wrong one of its own."""
        return self._by_leaf.get(row.get("leaf", ""), self._everywhere) + row_demands(row)


def demands_on(row: Mapping[str, Any], leaf: Leaf | None) -> tuple[Verifier, ...]:
    """The demands of the leaf, then those of the row; raises InputError for a wrong one."""
    return (leaf_verifiers(leaf) if leaf else ()) + row_demands(row)


def row_demands(row: Mapping[str, Any]) -> tuple[Verifier, ...]:
    """What a row itself demands of an answer.

    `answer` is the right final answer, `tests` are Python tests that its code must pass, `verify`
    are verifiers written as in a leaf. Without any, a `reference` counts where it can be compared:
    see `reference_truth`. Raises RowsError for what is none of these.
    """
    found: list[Verifier] = []
    where = f"row {row.get('id')}"
    answer = row.get("answer")
    if answer in (None, "") and not row.get("prompt_id"):
        answer = reference_truth(row)
    if answer not in (None, ""):
        found.append(
            parse(RightAnswer, {"text": _text(answer)}, f"{where}: answer", error=RowsError)
        )
    if tests := row.get("tests"):
        found.append(parse(PythonTests, {"tests": tests}, f"{where}: tests", error=RowsError))
    found.extend(build_verifiers(own_verify(row), f"{where}: verify", RowsError))
    return tuple(found)


def own_verify(row: Mapping[str, Any]) -> list[Any]:
    """A row's own verifiers, as they are written; raises RowsError for what is no list of some."""
    found = row.get("verify") or []
    if not isinstance(found, list | tuple):
        raise RowsError(
            f"row {row.get('id')}: verify: is {found!r}; give a list, written as in a leaf: "
            "`[{max_words: 40}]`"
        )
    return list(found)


def truth_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that say which answer is right, as far as they say anything."""
    columns = {name: row.get(name) for name in ("answer", "tests", "verify")}
    return {name: value for name, value in columns.items() if value not in (None, "", [])}


def reference_truth(row: Mapping[str, Any]) -> str | None:
    """A given `reference` that says which answer is right: a number or a formula, of a row that
    brings no other truth.

    One in words is an example of a good answer; others may be as good. Nor does the reference of an
    attempt count (a row with `prompt_id`): it is what another model answered.
    """
    if truth_of(row):
        return None
    reference = row.get("reference")
    text = "" if reference is None else _text(reference).strip()
    return text if text and has_one_value(text) else None


def _text(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return json.dumps(answer, ensure_ascii=False)
    return str(answer)
