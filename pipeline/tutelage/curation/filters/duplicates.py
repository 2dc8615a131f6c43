"""Drops rows that ask what an earlier row asks: in the same words, nearly so, or in other words."""

from collections.abc import Sequence
from typing import ClassVar

import regex
from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import plain
from tutelage.curation.duplicates.alike_rows import (
    asked,
    near_duplicates,
    same_group,
    semantic_duplicates,
)
from tutelage.curation.duplicates.shingles import Found
from tutelage.curation.embeddings.embed import Embedder
from tutelage.curation.filters.row_filter import QUESTION_COLUMNS, RowFilter, Scope, Together

# Signs that only punctuate. Others carry meaning: C++ is not C#, 3 + 4 not 3 - 4.
_PUNCTUATION = regex.compile(
    r"(?<!\p{N})[.,:]|[.,:](?!\p{N})|!(?![=\w])|[;?\"'()\u2026\u00bf\u00a1]"
)


class ExactDuplicate(RowFilter):
    """The same question, but for case, spacing and punctuation, stands in an earlier row.

    Rows of one `prompt_id` are attempts at one prompt: duplicates where the answer is the same too.
    """

    overruled_by_people: ClassVar[bool] = False

    together: ClassVar[Together] = "question"
    columns: ClassVar[tuple[str, ...] | None] = (*QUESTION_COLUMNS, "completion", "chosen")

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """The first row that asks something is kept, and each other answer of its group."""
        seen: dict[str, Row] = {}
        answers: set[tuple[str, str]] = set()
        verdicts: list[str | None] = []
        for row in rows:
            question = normalised_question(row)
            first = seen.setdefault(question, row)
            fresh = first is row
            if row.get("prompt_id") is not None:
                attempt = (question, _normalised(answer_of(row)))
                fresh = fresh or (same_group(row, first) and attempt not in answers)
                answers.add(attempt)
            verdicts.append(None if fresh else f"exact_duplicate: of row {title_of(first)}")
        return verdicts


class NearDuplicate(RowFilter):
    """A question much like it stands in an earlier row of the same leaf.

    Likeness is the Jaccard similarity of 5-character shingles, after the opening that the leaf's
    questions share. Questions that differ in a number or a name are never alike. Precise rather
    than complete: synonyms and paraphrases pass.
    """

    overruled_by_people: ClassVar[bool] = False

    threshold: float = Field(0.7, gt=0, le=1)
    """Rows are dropped from this similarity on; 1 for the same words only."""

    together: ClassVar[Together] = "leaf"
    columns: ClassVar[tuple[str, ...] | None] = QUESTION_COLUMNS

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Row by row against those kept before it: the first of its like stays."""
        found = near_duplicates(rows, self.threshold)
        return _reasons("near_duplicate", rows, found)


class SemanticDuplicate(RowFilter):
    """A question that means much the same stands in an earlier row of the same leaf.

    Likeness is the cosine similarity of embeddings, after the opening that the leaf's questions
    share. Questions that differ in a number or a name are never alike.
    """

    overruled_by_people: ClassVar[bool] = False

    threshold: float = Field(0.9, gt=0, le=1)
    """Rows are dropped from this similarity on; each embedder has a scale of its own."""
    embedder: Embedder = "hashing"
    """A sentence-transformers model (hub name, ./folder, package:...), which sees meaning; or
    `hashing`, which needs no weights and sees wording."""

    together: ClassVar[Together] = "leaf"
    columns: ClassVar[tuple[str, ...] | None] = QUESTION_COLUMNS

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Row by row against those kept before it: the first of its like stays."""
        found = semantic_duplicates(rows, self.threshold, self.embedder)
        return _reasons("semantic_duplicate", rows, found)


def normalised_question(row: Row) -> str:
    """What a row asks, without case, spacing and punctuation."""
    return _normalised(asked(row))


def likeness(kind: str, value: float, title: str) -> str:
    """The reason against a row that is so like another."""
    return f"{kind}: {value:.2f} like row {title}"


def title_of(row: Row) -> str:
    """How a reason names a row."""
    return f"{row.get('id', '(no id)')} ('{question_of(row)[:60]}')"


def _reasons(kind: str, rows: Sequence[Row], found: Sequence[Found]) -> list[str | None]:
    return [match and likeness(kind, match[1], title_of(rows[match[0]])) for match in found]


def _normalised(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", plain(text)).split())
