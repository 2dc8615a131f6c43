"""Drops rows written in another language than wanted."""

from typing import ClassVar

from pydantic import field_validator

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.language.language_check import check_language_codes, other_language
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.verifiers.phrases import Phrases


class Language(RowFilter):
    """Question and answer are in one of the languages wanted, unless they are too short to tell.

    A task to translate needs both languages in the list.
    """

    each_answer: ClassVar[bool] = True

    languages: Phrases = ["en"]
    """One ISO 639 code or several: en, de, zh ..."""

    @field_validator("languages")
    @classmethod
    def _are_known(cls, value: list[str]) -> list[str]:
        return check_language_codes(value)

    def check(self, row: Row, scope: Scope) -> str | None:
        """Says which text it is, and its language."""
        for name, text in (("question", question_of(row)), ("answer", answer_of(row))):
            if found := other_language(text, self.languages):
                return f"language: the {name} is in '{found[0]}', for {found[1]:.0%}"
        return None
