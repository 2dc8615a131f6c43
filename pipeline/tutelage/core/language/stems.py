"""Stems of words, by the stemmer of their language or, without one, by their first letters."""

from functools import lru_cache
from typing import Any

import regex
import snowballstemmer

from tutelage.core.language.attached import may_follow, may_precede

_BY_LANGUAGE = {
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "pt": "portuguese",
    "it": "italian",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "fi": "finnish",
    "pl": "polish",
    "cs": "czech",
    "hu": "hungarian",
    "ro": "romanian",
    "tr": "turkish",
    "id": "indonesian",
    "fa": "persian",
}
"""Snowball's stemmers of languages that share their letters with others."""
_BY_SCRIPT = {
    "Greek": "greek",
    "Cyrillic": "russian",
    "Arabic": "arabic",
    "Devanagari": "hindi",
    "Tamil": "tamil",
    "Armenian": "armenian",
}
_SCRIPTS = [(regex.compile(rf"\p{{{name}}}"), stemmer) for name, stemmer in _BY_SCRIPT.items()]
_LATIN = regex.compile(r"\p{Latin}")
_HANGUL = regex.compile(r"\p{Hangul}")
_HEBREW = regex.compile(r"\p{Hebrew}")
_HEBREW_ENDING = regex.compile("(?:\u05d9\u05dd|\u05d5\u05ea|\u05d4|\u05ea)$")
_OTHER = regex.compile(r"[\p{Georgian}\p{Bengali}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Ethiopic}]")
_KEPT = 5
"""Letters kept of a word without a stemmer: about as good as one (Can et al. 2008, for Turkish)."""
_SHORTEST = 3
"""Letters of a Hebrew root, which stay."""


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str = "en") -> str:
    """The stem of a plain word; `language` decides where several are written in its letters."""
    if word.isascii() or _LATIN.match(word):
        return _snowball(_BY_LANGUAGE.get(language, "english"), word.removesuffix("'s"))
    if _HANGUL.match(word):
        return _without_particle(word)
    if _HEBREW.match(word):
        return _of_hebrew(word)
    for script, stemmer in _SCRIPTS:
        if script.match(word):
            named = _BY_LANGUAGE.get(language, stemmer) if stemmer == "arabic" else stemmer
            return _snowball(named, _without_and(word) if named == "arabic" else word)
    return word[:_KEPT] if _OTHER.match(word) else word


def _without_and(word: str) -> str:
    """Arabic's "and the" without the "and", which the stemmer leaves."""
    return word.removeprefix("\u0648") if word.startswith("\u0648\u0627\u0644") else word


def _without_particle(word: str) -> str:
    for length in range(1, len(word)):
        if may_follow(word[length:], word[:length]) and length >= min(2, len(word) - 1):
            return word[:length]
    return word


def _of_hebrew(word: str) -> str:
    """Without what may be attached before it, as far as three letters are left, nor endings."""
    attached = 1
    while attached:
        lengths = range(len(word) - _SHORTEST, 0, -1)
        attached = next((n for n in lengths if may_precede(word[:n], word[n:])), 0)
        word = word[attached:]
    return _HEBREW_ENDING.sub("", word) if len(word) > _SHORTEST else word


def _snowball(name: str, word: str) -> str:
    return str(_stemmer(name).stemWord(word))


@lru_cache
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(name)
