"""Drops rows whose question is not about the attribute values it was written for."""

from collections.abc import Sequence

from tutelage.core.artifacts import Row, question_of
from tutelage.core.text import has_phrase
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.taxonomy.attribute_grid import named_attributes
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.seed_opening import seed_opening

Rule = tuple[Leaf, list[str], str]
"""A leaf, its attributes that seed questions name, and how all of these begin."""


class OnAttributes(RowFilter):
    """Of attributes that seed questions name, the question names the row's value and no other."""

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Rows without attributes, and leaves without a grid, are kept."""
        about = {row.get("leaf") for row in rows[scope.there :] if row.get("attributes")}
        leaves = scope.taxonomy.leaves if scope.taxonomy else ()
        rules = {leaf.path: _rule(leaf) for leaf in leaves if leaf.path in about}
        return scope.of_new(rows, lambda row: _verdict(row, rules.get(row.get("leaf", ""))))


def _rule(leaf: Leaf) -> Rule:
    start = seed_opening(leaf)
    return leaf, named_attributes(leaf, start), start


def _verdict(row: Row, rule: Rule | None) -> str | None:
    if rule is None or not row.get("attributes"):
        return None
    leaf, named, start = rule
    text = question_of(row).removeprefix(start)
    for name in named:
        value = str(row["attributes"].get(name, ""))
        if value and not has_phrase(text, value):
            return f"on_attributes: {name} '{value}' is not named"
        others = (other for other in leaf.attributes[name] if other != value)
        if found := next((other for other in others if has_phrase(text, other)), None):
            return f"on_attributes: {name} '{found}' is named beside '{value}'"
    return None
