"""What an answer is held against: its leaf's demands, and those that its own row brings."""

from collections.abc import Mapping
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.verifier import Verifier, build_verifiers, leaf_verifiers


def demands_on(row: Mapping[str, Any], leaf: Leaf | None) -> tuple[Verifier, ...]:
    """The demands of the leaf, then those of the row; raises InputError for a wrong one."""
    return (leaf_verifiers(leaf) if leaf else ()) + row_demands(row)


def row_demands(row: Mapping[str, Any]) -> tuple[Verifier, ...]:
    """What a row itself demands of its answer under `verify`, written as in a leaf."""
    specs = row.get("verify") or ()
    return build_verifiers(specs, f"row {row.get('id')}: verify", RowsError) if specs else ()
