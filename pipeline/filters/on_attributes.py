"""Drops rows whose question is not about the attribute values it was written for."""

from collections.abc import Sequence

from pipeline.artifacts import Row, question_of
from pipeline.filters.filter import RowFilter, Scope
from pipeline.flows.shots import seed_opening
from pipeline.flows.skills import named_attributes
from pipeline.taxonomy import Leaf
from pipeline.wording import has_phrase


class OnAttributes(RowFilter):
    """Of attributes that seed questions name, the question names the row's value and no other."""

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Rows without attributes, and leaves without a grid, are kept."""
        leaves = {leaf.path: leaf for leaf in scope.taxonomy.leaves} if scope.taxonomy else {}
        rules = {
            path: (leaf, named_attributes(leaf), seed_opening(leaf))
            for path, leaf in leaves.items()
        }
        return [
            _verdict(row, *rules[row["leaf"]])
            if row.get("attributes") and row["leaf"] in rules
            else None
            for row in rows
        ]


def _verdict(row: Row, leaf: Leaf, named: list[str], start: str) -> str | None:
    text = question_of(row).removeprefix(start)
    for name in named:
        value = str(row["attributes"].get(name, ""))
        if value and not has_phrase(text, value):
            return f"on_attributes: {name} '{value}' is not named"
        others = (other for other in leaf.attributes[name] if other != value)
        if found := next((other for other in others if has_phrase(text, other)), None):
            return f"on_attributes: {name} '{found}' is named beside '{value}'"
    return None
