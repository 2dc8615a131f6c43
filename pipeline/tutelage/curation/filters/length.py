"""Drops rows whose question or answer is too short or too long."""

from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, is_answered, question_of
from tutelage.core.text import count_words
from tutelage.curation.filters.row_filter import RowFilter, Scope


class Length(RowFilter):
    """Question and answer have so many words; by default only that neither is empty.

    An instruction that is not answered yet is measured alone.
    """

    max_words: int | None = Field(None, gt=0)
    """The most words of the answer."""
    min_words: int = Field(1, ge=0)
    """The fewest words of the answer."""
    question_min_words: int = Field(1, ge=0)
    """The fewest words of the question."""
    question_max_words: int | None = Field(None, gt=0)
    """The most words of the question."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Says which text has how many words."""
        question = (
            "question",
            question_of(row),
            self.question_min_words,
            self.question_max_words,
        )
        answer = ("answer", answer_of(row), self.min_words, self.max_words)
        for name, text, low, high in (question, answer) if is_answered(row) else (question,):
            # A text may be all signs (`x = y`, an emoji): it is empty only where nothing is there.
            count = count_words(text) or int(bool(text.strip()))
            if count < low:
                return f"length: the {name} has {count} words, at least {low} wanted"
            if high is not None and count > high:
                return f"length: the {name} has {count} words, at most {high} allowed"
        return None
