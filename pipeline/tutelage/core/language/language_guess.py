"""What language a text is in, by its letters and, of Latin ones, by its function words."""

from collections import Counter
from functools import lru_cache

import regex

from tutelage.core.language.function_words import LATIN, function_words

_SAMPLE = 4_000
"""Letters that are looked at: a text does not change its language after the first pages."""
_FEWEST = 2
"""Function words of another language that a text must hold to be no English."""

_BY_SCRIPT = {
    "Han": "zh",
    "Hangul": "ko",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Tibetan": "bo",
    "Devanagari": "hi",
    "Bengali": "bn",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Greek": "el",
    "Cyrillic": "ru",
    "Armenian": "hy",
    "Georgian": "ka",
    "Hebrew": "he",
    "Arabic": "ar",
    "Ethiopic": "am",
}
_SCRIPTS = {name: regex.compile(rf"\p{{Script={name}}}") for name in _BY_SCRIPT}
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_LATIN = regex.compile(r"\p{Latin}")
_WORD = regex.compile(r"\p{Latin}[\p{Latin}\p{M}]*")
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_URDU = regex.compile("[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]")
_PERSIAN = regex.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]")
_UKRAINIAN = regex.compile("[\u0456\u0457\u0454\u0491]", regex.IGNORECASE)


def language_of(text: str) -> str:
    """The likely language as an ISO 639-1 code; `en` for Latin letters that tell no other.

    Scripts that several languages share count as the one most written in it, but for Persian and
    Urdu, Ukrainian and Japanese, which have letters of their own.
    """
    return _language_of(text[:_SAMPLE])


@lru_cache(maxsize=4096)
def _language_of(text: str) -> str:
    if text.isascii():
        return _of_latin(text)
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    kana, latin = len(_KANA.findall(text)), len(_LATIN.findall(text))
    counts["Han"] += kana
    script = max(counts, key=counts.__getitem__)
    if latin > 2 * counts[script]:
        return _of_latin(text)
    if script == "Han" and kana > counts["Han"] / 10:
        return "ja"
    if script == "Arabic":
        return "ur" if _URDU.search(text) else "fa" if _PERSIAN.search(text) else "ar"
    if script == "Cyrillic":
        return "uk" if _UKRAINIAN.search(text) else _of_words(text, ("ru", "uk"))
    return _BY_SCRIPT[script] if counts[script] else "en"


def _of_words(text: str, codes: tuple[str, ...]) -> str:
    """The language of which most function words stand there; the first of those with as many."""
    found = [word.casefold() for word in _LETTERS.findall(text)]
    return max(codes, key=lambda code: sum(word in function_words(code) for word in found))


def _of_latin(text: str) -> str:
    """The language whose function words tell most; what many languages have tells little.

    A capital alone is no word, but part of a name or a unit: `K-110`, `230 V`.
    """
    said = (word for word in _WORD.findall(text) if len(word) > 1 or word.islower())
    found = [word.casefold() for word in said]
    telling = _telling()
    scores = {
        code: sum(telling[word] for word in found if word in function_words(code))
        for code in ("en", *LATIN)
    }
    best = max(scores, key=scores.__getitem__)
    hits = sum(word in function_words(best) for word in found)
    return best if hits >= _FEWEST else "en"


@lru_cache(maxsize=1)
def _telling() -> dict[str, float]:
    """By function word: one over the number of languages in Latin letters that have it."""
    often = Counter(word for code in ("en", *LATIN) for word in function_words(code))
    return {word: 1 / count for word, count in often.items()}
