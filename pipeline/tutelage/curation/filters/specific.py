"""Drops rows whose question would be answered as well, or better, by another passage."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import content_stems
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.taxonomy.documents.passages import split

Stems = frozenset[str]


class Specific(RowFilter):
    """The question says what it asks for: `What is the Orvin heater?` asks for everything about it.

    It must share at least as many content words with its own passage as with any other of the leaf,
    and at least one of them must tell the passage from those under the same heading. Passages are
    those of the rows and each sentence of the leaf's documents. A row without one is kept.
    """

    votes: int = Field(2, gt=0)
    """A question that was drawn so many times (the row's `votes`) may do without a telling word."""

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Compares each question with all passages of its leaf."""
        known: dict[str, _Passages] = defaultdict(_Passages)
        about = {row.get("leaf") for row in rows[scope.there :]}
        for leaf in scope.taxonomy.leaves if scope.taxonomy else ():
            for document in leaf.documents if leaf.path in about else ():
                for passage in split(document, 1):
                    known[leaf.path].add(passage.text, " > ".join(passage.headings))
        for row in rows:
            if row.get("context"):
                known[str(row.get("leaf"))].add(str(row["context"]), str(row.get("headings") or ""))
        return scope.of_new(rows, lambda row: self._verdict(row, known[str(row.get("leaf"))]))

    def _verdict(self, row: Row, passages: "_Passages") -> str | None:
        if not row.get("context"):
            return None
        text, heading = str(row["context"]), str(row.get("headings") or "")
        question = frozenset(content_stems(question_of(row)))
        own = passages.stems[text]
        rival = max(passages.stems, key=lambda other: len(question & passages.stems[other]))
        if len(question & passages.stems[rival]) > len(question & own):
            return f"specific: the question fits another passage better: '{rival[:80]}'"
        telling = passages.telling(own, heading) - set(content_stems(answer_of(row)))
        if int(row.get("n_votes") or 1) < self.votes and telling and not telling & question:
            return f"specific: nothing in the question tells that it asks for '{min(telling)}'"
        return None


@dataclass(slots=True)
class _Passages:
    """The passages of one leaf: their stems, and how many under a heading have each."""

    stems: dict[str, Stems] = field(default_factory=dict)
    sections: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sizes: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, heading: str) -> None:
        """Add a passage once."""
        if text not in self.stems:
            self.stems[text] = frozenset(content_stems(text))
            self.sections[heading].update(self.stems[text])
            self.sizes[heading] += 1

    def telling(self, stems: Stems, heading: str) -> set[str]:
        """The stems that at most a third of the section's passages share."""
        most = max(1.0, self.sizes[heading] / 3)
        return {word for word in stems if self.sections[heading][word] <= most}
