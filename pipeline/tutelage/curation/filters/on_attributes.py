"""Drops rows that are not about the attribute values they were written for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tutelage.core.artifacts import Row, answer_of, is_answered, question_of
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together
from tutelage.taxonomy.attribute_grid import answered_attributes, named_attributes, named_values
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.seed_opening import seed_opening


@dataclass(frozen=True, slots=True)
class _Rule:
    """How seeds name attribute values, in a part of them: their questions or their answers."""

    leaf: Leaf
    part: str
    named: list[str]
    """Attributes whose value every seed names there."""
    alone: set[str]
    """Those of which no seed names a second value."""
    opening: str = ""

    def broken(self, text: str, attributes: Mapping[str, Any]) -> str | None:
        """The first attribute that a text does not name as the seeds do."""
        text = text.removeprefix(self.opening)
        for name in self.named:
            value = str(attributes.get(name, ""))
            found = named_values(text, [*self.leaf.attributes[name], value]) if value else set()
            if value and value not in found:
                return f"{name} '{value}' is not named in the {self.part}"
            if name in self.alone and (others := found - {value}):
                return f"{name} '{min(others)}' is named beside '{value}' in the {self.part}"
        return None


class OnAttributes(RowFilter):
    """The row's attribute values are named where the leaf's seeds name theirs, and no others.

    In the question those that every seed question names, in the answer those of every seed answer.
    Other values of an attribute may stand beside the row's own where they do in a seed.
    """

    together: ClassVar[Together] = "row"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Rows without attributes, and leaves without a grid, are kept."""
        about = {row.get("leaf") for row in rows[scope.there :] if row.get("attributes")}
        leaves = scope.taxonomy.leaves if scope.taxonomy else ()
        rules = {leaf.path: _rules(leaf) for leaf in leaves if leaf.path in about}
        return scope.of_new(rows, lambda row: _verdict(row, rules.get(row.get("leaf", ""))))


def _rules(leaf: Leaf) -> tuple[_Rule, _Rule]:
    """The rules of the questions and of the answers."""
    opening = seed_opening(leaf)
    asked = [(seed.question.removeprefix(opening), seed.attributes) for seed in leaf.seeds]
    given = [(seed.answer, seed.attributes) for seed in leaf.seeds]
    named, answered = named_attributes(leaf, opening), answered_attributes(leaf)
    return (
        _Rule(leaf, "question", named, _alone(leaf, named, asked), opening),
        _Rule(leaf, "answer", answered, _alone(leaf, answered, given)),
    )


def _alone(leaf: Leaf, names: list[str], texts: list[tuple[str, dict[str, str]]]) -> set[str]:
    """Attributes of which no text names a second value."""
    return {
        name
        for name in names
        if all(
            named_values(text, [*leaf.attributes[name], has[name]]) == {has[name]}
            for text, has in texts
        )
    }


def _verdict(row: Row, rules: tuple[_Rule, _Rule] | None) -> str | None:
    if rules is None or not row.get("attributes"):
        return None
    question, answer = rules
    reason = question.broken(question_of(row), row["attributes"])
    if reason is None and is_answered(row):
        reason = answer.broken(answer_of(row), row["attributes"])
    return None if reason is None else f"on_attributes: {reason}"
