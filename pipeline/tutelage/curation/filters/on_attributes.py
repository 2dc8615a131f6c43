"""Drops rows whose question is not about the attribute values it was written for."""

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.artifacts import Row, question_of
from tutelage.core.text import has_phrase
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.taxonomy.attribute_grid import named_attributes
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.seed_opening import seed_opening


@dataclass(frozen=True, slots=True)
class _Rule:
    """How the seed questions of a leaf name attribute values."""

    leaf: Leaf
    named: list[str]
    """Attributes whose value every seed question names."""
    alone: set[str]
    """Those of which no seed question names a second value."""
    opening: str


class OnAttributes(RowFilter):
    """Of attributes that seed questions name, the question names the row's value.

    And no other value, where no seed question does.
    """

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Rows without attributes, and leaves without a grid, are kept."""
        about = {row.get("leaf") for row in rows[scope.there :] if row.get("attributes")}
        leaves = scope.taxonomy.leaves if scope.taxonomy else ()
        rules = {leaf.path: _rule(leaf) for leaf in leaves if leaf.path in about}
        return scope.of_new(rows, lambda row: _verdict(row, rules.get(row.get("leaf", ""))))


def _rule(leaf: Leaf) -> _Rule:
    opening = seed_opening(leaf)
    named = named_attributes(leaf, opening)
    asked = [(seed.question.removeprefix(opening), seed.attributes) for seed in leaf.seeds]
    alone = {
        name
        for name in named
        if not any(_other(leaf, name, text, str(has.get(name, ""))) for text, has in asked)
    }
    return _Rule(leaf, named, alone, opening)


def _other(leaf: Leaf, name: str, text: str, value: str) -> str | None:
    """Another value of an attribute that a text names."""
    others = (other for other in leaf.attributes[name] if other != value)
    return next((other for other in others if has_phrase(text, other)), None)


def _verdict(row: Row, rule: _Rule | None) -> str | None:
    if rule is None or not row.get("attributes"):
        return None
    text = question_of(row).removeprefix(rule.opening)
    for name in rule.named:
        value = str(row["attributes"].get(name, ""))
        if value and not has_phrase(text, value):
            return f"on_attributes: {name} '{value}' is not named"
        found = _other(rule.leaf, name, text, value) if name in rule.alone else None
        if found:
            return f"on_attributes: {name} '{found}' is named beside '{value}'"
    return None
