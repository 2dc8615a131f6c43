"""Drops rows whose question would be answered by another passage, or by none."""

from collections.abc import Sequence
from typing import ClassVar

import regex
from pydantic import Field

from tutelage.core.artifacts import Row, question_of
from tutelage.curation.filters.leaf_text import LeafText, flat
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together
from tutelage.curation.filters.terms import numbers

_NAME = regex.compile(r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}]*(?:[-'][\p{L}\p{N}]+)*")


class Specific(RowFilter):
    """The question is about its own passage (`context`, `headings`) and about nothing unheard of.

    No other sentence of the leaf's documents may match it far better: words count by how rare they
    are there. A row without a passage is kept.
    """

    about: float = Field(0.25, ge=0, le=1)
    """The share of the question's words that the passage must hold, at least."""
    margin: float = Field(1.0, ge=0)
    """By how much another sentence must match better, in words that no other sentence has; 0 for
    passages of a sentence each, of which the question must match its own best."""
    telling: bool = False
    """The question has a word that at most a fifth of the documents' sentences have too: `What is
    the Orvin heater?` asks for everything about it."""

    together: ClassVar[Together] = "leaf"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Compares each question with all sentences of its leaf."""
        texts = LeafText.by_leaf(rows, scope.taxonomy)
        return scope.of_new(rows, lambda row: self._verdict(row, texts))

    def _verdict(self, row: Row, texts: dict[str, LeafText]) -> str | None:
        if not row.get("context"):
            return None
        text = texts[str(row.get("leaf"))]
        passage = f"{row.get('headings') or ''}\n{row['context']}"
        question = question_of(row)
        asked, own = text.terms(question), set(text.terms(passage))
        reason = (
            self._foreign(asked, own)
            or _unheard_of(question, text, own)
            or self._elsewhere(set(asked), own, text, flat(str(row["context"])))
        )
        return f"specific: {reason}" if reason else None

    def _foreign(self, asked: Sequence[str], own: set[str]) -> str | None:
        share = sum(term in own for term in asked) / len(asked) if asked else 0.0
        if share >= self.about and share > 0:
            return None
        return f"{share:.0%} of the question's words are in the passage"

    def _elsewhere(self, asked: set[str], own: set[str], text: LeafText, here: str) -> str | None:
        shared = asked & own
        if self.telling and not any(text.is_rare(term) for term in shared):
            return "no word of the question tells what it asks for"
        ours = text.weight(shared)
        rivals = (unit for unit in text.units.values() if unit.text not in here)
        best = max(rivals, key=lambda unit: text.weight(asked & unit.all), default=None)
        if best is None or text.weight(asked & best.all) <= ours + self.margin * text.most + 1e-9:
            return None
        return f"the question fits another passage better: '{best.text[:80]}'"


def _unheard_of(question: str, text: LeafText, own: set[str]) -> str | None:
    """A number or name in the question that nothing of the leaf has."""
    spoken = numbers(question, text.language)
    if number := next((n for n in spoken if not n & (own | text.known)), None):
        return f"nothing is known of the number {min(number)} of the question"
    for name in _NAME.findall(question) if text.capitals_are_names else ():
        parts = set(text.terms(name))
        if parts and not parts & (own | text.known):
            return f"nothing is known of the name '{name}' of the question"
    return None
