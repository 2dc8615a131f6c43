"""A demand on the language of an answer."""

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator

from tutelage.core.language.language_check import check_language_codes, other_language
from tutelage.verifiers.phrases import Phrases
from tutelage.verifiers.verifier import Verifier


class InLanguage(Verifier):
    """The answer is in one of some languages, unless it is too short to tell.

    IFEval's `response_language` (Zhou et al. 2023, arXiv:2311.07911).
    """

    languages: Phrases
    """One ISO 639 code or several: en, de, zh ..."""

    @field_validator("languages")
    @classmethod
    def _are_known(cls, value: list[str]) -> list[str]:
        return check_language_codes(value)

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the language that it is in."""
        found = other_language(answer, self.languages)
        return None if found is None else f"is in '{found[0]}', not {' or '.join(self.languages)}"
