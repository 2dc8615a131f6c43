"""Texts as the checks of facts compare them: words by their stem, numbers by value.

`17`, `seventeen`, `17th` and `17.0` are the same, and `10 p.m.` may be said as `22:00`. Of scripts
that part no words, each pair of neighbouring signs is a term.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex
from text_to_num import alpha2digit

from tutelage.core.numerals import plain_numbers
from tutelage.core.text import content_stems

_SPELT = frozenset({"en", "fr", "es", "pt", "de", "nl", "da", "it"})
"""Languages whose number words are read."""
_ORDINAL = regex.compile(r"(?<=\p{N})(?:st|nd|rd|th)\b")
_NUMBER = regex.compile(
    r"\b0?(?P<hour>\d{1,2})(?::(?P<minutes>\d\d)(?!\d))?\s?(?:(?P<half>[ap])\.?\s?m\b\.?)"
    r"|\b0?(?P<hour>\d{1,2}):(?P<minutes>[0-5]\d)(?![\d:])"
    r"|(?<!\p{L})\p{N}+(?:[.,:]\p{N}+)*",
    regex.IGNORECASE,
)
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")

Number = frozenset[str]
"""The forms that say the same number: `10 p.m.` is 10, 10:00, 22 and 22:00."""


@lru_cache(maxsize=1 << 14)
def terms(text: str, language: str = "en") -> tuple[str, ...]:
    """The words of a text that carry content, in their order; without its numbers."""
    return tuple(_paired(content_stems(_NUMBER.sub(" ", _plain(text, language)))))


@lru_cache(maxsize=1 << 14)
def numbers(text: str, language: str = "en") -> tuple[Number, ...]:
    """The numbers of a text, those in words too; but for `one`, which is mostly a pronoun."""
    return tuple(_forms(found) for found in _NUMBER.finditer(_plain(text, language)))


def lacking(wanted: Iterable[Number], there: Iterable[Number]) -> str | None:
    """The first number that is not there in any of its forms, in its shortest form."""
    known = frozenset().union(*there)
    return next((min(n, key=lambda form: (len(form), form)) for n in wanted if not n & known), None)


def _plain(text: str, language: str) -> str:
    text = plain_numbers(text)
    if language in _SPELT:
        text = alpha2digit(text, language, threshold=1.5)
    return str(_ORDINAL.sub("", text))


def _forms(found: "regex.Match[str]") -> Number:
    if not found["hour"]:
        return frozenset({found.group()})
    hour, minutes = int(found["hour"]), found["minutes"] or "00"
    hours = {hour, hour % 12 + 12} if (found["half"] or "a").lower() == "p" else {hour}
    bare = {str(hour) for hour in hours} if minutes == "00" else set()
    return frozenset({f"{hour}:{minutes}" for hour in hours} | bare)


def _paired(words: Iterable[str]) -> Iterator[str]:
    """Words as they are; a run of signs that are words each by pairs."""
    before = ""
    alone = False
    for word in words:
        if not _UNSPACED.fullmatch(word):
            if alone:
                yield before
            before, alone = "", False
            yield word
            continue
        if before:
            yield before + word
        before, alone = word, not before
    if alone:
        yield before
