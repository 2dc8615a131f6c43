"""Drops rows written in another script than wanted.

It counts letters, so it judges a single word too; French and English it cannot tell apart: that is
what `language` is for.
"""

from typing import ClassVar

import regex
from pydantic import Field, field_validator

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.curation.filters.row_filter import RowFilter, Scope

_LETTER = regex.compile(r"\p{L}")


class Script(RowFilter):
    """Nearly all letters of question and answer belong to one script."""

    each_answer: ClassVar[bool] = True

    script: str = "Latin"
    """Its Unicode name: Latin, Cyrillic, Greek, Arabic, Han ..."""
    share: float = Field(0.9, ge=0, le=1)
    """The smallest share of letters in that script; a text without letters passes."""

    @field_validator("script")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            _of(value)
        except regex.error as exc:
            raise ValueError(f"'{value}' is no Unicode script") from exc
        return value

    def check(self, row: Row, scope: Scope) -> str | None:
        """Says which text it is, and its share."""
        for name, text in (("question", question_of(row)), ("answer", answer_of(row))):
            letters = len(_LETTER.findall(text))
            share = len(_of(self.script).findall(text)) / letters if letters else 1.0
            if share < self.share:
                return f"script: {share:.0%} of the {name}'s letters are {self.script}"
        return None


def _of(script: str) -> regex.Pattern[str]:
    if not script.replace("_", "").isalpha():
        raise regex.error("not a name")
    return regex.compile(rf"\p{{Script={script}}}")
