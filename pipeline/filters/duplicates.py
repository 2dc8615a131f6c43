"""Drops rows that ask what an earlier row asks already: in the same words, or nearly so."""

from collections import defaultdict
from collections.abc import Sequence

import regex
from pydantic import Field

from pipeline.artifacts import Row, answer_of, question_of
from pipeline.filters.filter import RowFilter, Scope
from pipeline.filters.similar import SimilarIndex, sketch
from pipeline.filters.template import opening, without
from pipeline.wording import plain

# Signs that only punctuate. Others carry meaning: C++ is not C#, 3 + 4 not 3 - 4.
_PUNCTUATION = regex.compile(r"(?<!\p{N})[.,:]|[.,:](?!\p{N})|[;!?\"'()\u2026\u00bf\u00a1]")


class ExactDuplicate(RowFilter):
    """The same question, but for case, spacing and punctuation, stands in an earlier row.

    Rows of one `group` are attempts at one prompt: duplicates where the answer is the same too.
    """

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """The first row that asks something is kept, and each other answer of its group."""
        seen: dict[str, Row] = {}
        answers: set[tuple[str, str]] = set()
        verdicts: list[str | None] = []
        for row in rows:
            question, answer = _normalised(_asked(row)), _normalised(answer_of(row))
            first = seen.setdefault(question, row)
            attempt = row.get("group") is not None and row.get("group") == first.get("group")
            fresh = first is row or (attempt and (question, answer) not in answers)
            answers.add((question, answer))
            verdicts.append(None if fresh else f"exact_duplicate: of row {_name(first)}")
        return verdicts


class NearDuplicate(RowFilter):
    """A question much like it stands in an earlier row of the same leaf.

    Likeness is the Jaccard similarity of 5-character shingles, after the opening that the leaf's
    questions share. Questions that differ in a number or a name are never alike. Precise rather
    than complete: synonyms and paraphrases pass.
    """

    threshold: float = Field(0.7, gt=0, le=1)
    """The similarity from which on a row is dropped; 1 for the same words only."""

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Row by row against those kept before it: the first of its like stays."""
        verdicts: list[str | None] = [None] * len(rows)
        by_leaf: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            by_leaf[str(row.get("leaf", ""))].append(number)
        for numbers in by_leaf.values():
            reasons = self._among([rows[number] for number in numbers])
            for number, reason in zip(numbers, reasons, strict=True):
                verdicts[number] = reason
        return verdicts

    def _among(self, rows: Sequence[Row]) -> list[str | None]:
        questions = [_asked(row) for row in rows]
        template = opening(questions)
        sketches = [sketch(without(template, question)) for question in questions]
        index = SimilarIndex(self.threshold, sketches)
        kept: list[Row] = []
        reasons: list[str | None] = []
        for row, one in zip(rows, sketches, strict=True):
            found = index.find(one)
            first = kept[found[0]] if found else None
            if found is None or first is None or _same_group(row, first):
                index.add(one)
                kept.append(row)
                reasons.append(None)
            else:
                reasons.append(f"near_duplicate: {found[1]:.2f} like row {_name(first)}")
        return reasons


def _same_group(row: Row, other: Row) -> bool:
    return row.get("group") is not None and row.get("group") == other.get("group")


def _asked(row: Row) -> str:
    """All turns before the answer: `And in winter?` depends on what was asked before."""
    turns = row.get("prompt")
    if not isinstance(turns, list):
        return question_of(row)
    return "\n".join(str(turn["content"]) for turn in turns if turn["role"] != "system")


def _normalised(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", plain(text)).split())


def _name(row: Row) -> str:
    return f"{row.get('id', '(no id)')} ('{question_of(row)[:60]}')"
