"""What an answer is held against: its leaf's demands, and those that its own row brings."""

from collections.abc import Mapping
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.verifier import Verifier, build_verifiers, leaf_verifiers, score_answer

__all__ = ["Demands", "demands_on", "row_demands", "score_answer"]


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
    """What a row itself demands of its answer under `verify`, written as in a leaf."""
    specs = row.get("verify") or ()
    return build_verifiers(specs, f"row {row.get('id')}: verify", RowsError) if specs else ()
