"""What the sentences of a document lean on: pronouns that stand for what was named before."""

import regex

from tutelage.core.language.language_guess import language_of
from tutelage.core.language.pronouns import personal, pointing
from tutelage.core.text import content_stems, words

_PERSONS = frozenset(["he", "she", "his", "her", "him"])
_OBJECTS = frozenset(["it", "them", "they", "him", "he", "she"])
_DEMONSTRATIVES = frozenset(["this", "these", "those"])
_ARTICLES = frozenset(["a", "an", "the", "each", "every", "all", "any", "some", "no"])
_EARLY = 4
"""Words of a sentence before a pronoun that can hardly name what it stands for, at most."""
_NAME = regex.compile(r"(?<=[\p{Ll}\p{N}],? )\p{Lu}\p{Ll}+")
_FORMAL = regex.compile(r"(?<=[\p{Ll},] )Sie\b")
"""`Sie` inside a sentence addresses the reader."""
_FORMAL_FORMS = frozenset(["sie", "ihr", "ihre", "ihren", "ihrem", "ihrer"])
"""What need not point back in a document that does so."""


class BackReferences:
    """Which sentences of a document cannot be understood alone."""

    def __init__(self, text: str) -> None:
        language = language_of(text)
        self._personal, self._pointing = personal(language), pointing(language)
        self._is_english = language == "en"
        self._names = frozenset(_NAME.findall(text)) if self._is_english else frozenset[str]()
        if language == "de" and _FORMAL.search(text):
            self._personal -= _FORMAL_FORMS
            self._pointing -= _FORMAL_FORMS

    def points_back(self, sentence: str) -> bool:
        """Whether a sentence begins with a word that stands for something named before it, or soon
        has a pronoun that nothing in it explains (`Let it cool`)."""
        said = words(sentence)
        return bool(said) and (said[0] in self._pointing or self._leaves_open(said, sentence))

    def clause_leans(self, clause: str) -> bool:
        """Whether a clause after a semicolon has a pronoun, so that it needs the one before it."""
        said = set(words(clause))
        return bool(said & (self._personal | (_DEMONSTRATIVES if self._is_english else set())))

    def is_about_person(self, sentence: str) -> bool:
        """Whether a sentence begins with a pronoun that stands for a person, in English."""
        return self._is_english and next(iter(words(sentence)), "") in _PERSONS

    def has_name(self, sentence: str) -> bool:
        """Whether a sentence has a word that the document writes as a name."""
        return any(word in self._names for word in regex.findall(r"\p{L}+", sentence))

    def has_person(self, sentence: str) -> bool:
        """Whether a sentence may speak of a person: by a name or by a pronoun."""
        return self.has_name(sentence) or bool(_PERSONS & set(words(sentence)))

    def _leaves_open(self, said: list[str], sentence: str) -> bool:
        if not self._is_english:
            return False
        place = next((n for n, word in enumerate(said[: _EARLY + 1]) if word in _OBJECTS), 0)
        before = said[:place]
        if not before or _ARTICLES & set(before) or len(content_stems(" ".join(before))) > 1:
            return False
        return not self.has_name(" ".join(sentence.split()[:place]))
