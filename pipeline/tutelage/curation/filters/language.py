"""Drops rows written in another language than wanted, as py3langid tells it, offline."""

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import field_validator

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.nearest import nearest
from tutelage.core.text import words
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.verifiers.phrases import Phrases

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_FEWEST = 4
"""Shorter texts pass: a name or `3 kg` is of any language."""
_SURE = 0.5
"""From this probability on a text counts as being in another language."""
_DOUBT = 0.1
"""A text passes nevertheless where the languages wanted have at least this probability."""
_NO_LANGUAGE = "zxx"
"""What py3langid calls numbers, markup and the like."""


class Language(RowFilter):
    """Question and answer are in one of the languages wanted, unless they are too short to tell.

    A task to translate needs both languages in the list.
    """

    languages: Phrases = ["en"]
    """One ISO 639 code or several: en, de, zh ..."""

    @field_validator("languages")
    @classmethod
    def _are_known(cls, value: list[str]) -> list[str]:
        known = [label for label in _identifier().labels if label != _NO_LANGUAGE]
        for code in value:
            if code not in known:
                raise ValueError(f"no language code '{code}'{nearest(code, known)}")
        return value

    def check(self, row: Row, scope: Scope) -> str | None:
        """Says which text it is, and its language."""
        for name, text in (("question", question_of(row)), ("answer", answer_of(row))):
            if len(words(text)) < _FEWEST:
                continue
            ranked = {code: float(share) for code, share in _identifier().rank(text)}
            wanted = sum(ranked[code] for code in self.languages)
            likeliest, share = next(iter(ranked.items()))
            others = likeliest not in (*self.languages, _NO_LANGUAGE)
            if others and share >= _SURE and wanted < _DOUBT:
                return f"language: the {name} is in '{likeliest}', for {share:.0%}"
        return None


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    """Loads in a second; nothing is downloaded."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
