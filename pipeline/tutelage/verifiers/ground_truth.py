"""What an answer is held against: its leaf's demands, and those that its own row brings.

A row brings `verify` (demands as in a leaf), `answer` (the right result) and `tests` (statements
that its code must pass). The column `reference` is another answer, not known to be right by
itself; pairs compare with it.
"""

from collections.abc import Mapping
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.matches_answer import MatchesAnswer
from tutelage.verifiers.python_tests import PythonTests, check_statements
from tutelage.verifiers.verifier import Verifier, build_verifiers, leaf_verifiers, score_answer

__all__ = ["Demands", "demands_on", "row_demands", "score_answer"]

_COLUMNS: dict[str, type[Verifier]] = {"answer": MatchesAnswer, "tests": PythonTests}
"""Columns that are a demand by themselves, and what checks them where nothing else does."""


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
        known = self._by_leaf.get(row.get("leaf", ""), self._everywhere)
        return known + row_demands(row, known)


def demands_on(row: Mapping[str, Any], leaf: Leaf | None) -> tuple[Verifier, ...]:
    """The demands of the leaf, then those of the row; raises InputError for a wrong one."""
    known = leaf_verifiers(leaf) if leaf else ()
    return known + row_demands(row, known)


def row_demands(row: Mapping[str, Any], known: tuple[Verifier, ...] = ()) -> tuple[Verifier, ...]:
    """What a row itself demands of its answer, beside the demands `known`; raises RowsError.

    Its `answer` and `tests` are checked as a demand on them says (`matches_answer: {compare: ...}`,
    `python_tests: {seconds: ...}`), or as they are where there is none.
    """
    specs = row.get("verify") or ()
    if not isinstance(specs, list | tuple):
        raise RowsError(f"row {row.get('id')}: `verify` must be a list of demands, as in a leaf")
    own = build_verifiers(specs, f"row {row.get('id')}: verify", RowsError) if specs else ()
    _check_tests(row)
    implied = [
        kind()
        for column, kind in _COLUMNS.items()
        if row.get(column) not in (None, "", []) and not _checks(kind, known + own)
    ]
    return (*own, *implied)


def has_ground_truth(row: Mapping[str, Any]) -> bool:
    """Whether the row's own columns say what a right answer is."""
    return bool(row_demands(row))


def _checks(kind: type[Verifier], verifiers: tuple[Verifier, ...]) -> bool:
    return any(isinstance(one, kind) for one in verifiers)


def _check_tests(row: Mapping[str, Any]) -> None:
    tests = row.get("tests")
    if tests in (None, "", []):
        return
    if not isinstance(tests, list) or not all(isinstance(test, str) for test in tests):
        raise RowsError(
            f"row {row.get('id')}: `tests` must be a list of Python statements, such as "
            "`assert double(2) == 4`"
        )
    check_statements(tests, f"row {row.get('id')}: ", RowsError)
