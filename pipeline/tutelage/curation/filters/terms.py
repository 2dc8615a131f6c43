"""How checks of facts compare texts: words by their stem, numbers by value.

`17`, `seventeen`, `17th` and `17.0` are the same, and `10 p.m.` may be said as `22:00`. Of scripts
that part no words, each sign and each pair of neighbouring ones is a term.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex
from text_to_num import alpha2digit

from tutelage.core.language.letters import UNSPACED
from tutelage.core.language.numerals import plain_numbers
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
_ALONE = regex.compile(rf"{UNSPACED}\p{{M}}*")

Number = frozenset[str]
"""The forms that say the same number: `10 p.m.` is 10, 10:00, 22 and 22:00."""


@lru_cache(maxsize=1 << 14)
def terms(text: str, language: str = "en") -> tuple[str, ...]:
    """The words of a text that carry content, in their order; without its numbers."""
    without = _NUMBER.sub(" ", _plain(text, language))
    return tuple(_paired(content_stems(without, language)))


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
        whole = text.encode(errors="replace").decode()  # a lone surrogate is no text there
        text = alpha2digit(whole, language, threshold=1.5)
    return str(_ORDINAL.sub("", text))


def _forms(found: "regex.Match[str]") -> Number:
    if not found["hour"]:
        return frozenset({found.group()})
    hour, minutes = int(found["hour"]), found["minutes"] or "00"
    hours = {hour, hour % 12 + 12} if (found["half"] or "a").lower() == "p" else {hour}
    bare = {str(hour) for hour in hours} if minutes == "00" else set()
    return frozenset({f"{hour}:{minutes}" for hour in hours} | bare)


def _paired(words: Iterable[str]) -> Iterator[str]:
    """Words as they are; after a sign that is a word by itself also the pair it makes."""
    before = ""
    for word in words:
        yield word
        alone = _ALONE.fullmatch(word) is not None
        if alone and before:
            yield before + word
        before = word if alone else ""
