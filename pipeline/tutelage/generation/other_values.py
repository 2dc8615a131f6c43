"""Other values of an attribute than those that its leaf lists, made by rule from these.

Of a few values a student learns which answer each wants; of many, of which none comes twice, it
learns to copy what the question names.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import regex

from tutelage.core.language.function_words import function_words
from tutelage.core.language.language_guess import language_of

_WHOLE = regex.compile(r"[1-9][0-9]{0,8}")
_WORD = regex.compile(r"(?<![\w'])\p{Ll}{3,}(?![\w'])")
_NAME = regex.compile(r"(?<=[\p{Ll},] )\p{Lu}\p{Ll}{2,}(?![\w'])")
"""A capital within a sentence."""
_LEAST_NAME = 4
"""Letters of a name that is cut in two: of shorter ones nothing is left to know them by."""
_LISTED = 0.5
"""Share of values made of those listed alone, where there are words of the leaves' rows too."""
_TRIES = 8


@dataclass(frozen=True, slots=True)
class WordPool:
    """Words that values may be made of, beside those listed."""

    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The content words of texts, and what is written with a capital within a sentence."""
        words, names = set[str](), set[str]()
        for text in texts:
            words |= set(_WORD.findall(text)) - function_words(language_of(text))
            names |= set(_NAME.findall(text))
        return cls(tuple(sorted(words)), tuple(sorted(names)))


def value_maker(
    values: Sequence[str], pool: WordPool = WordPool()
) -> Callable[[random.Random], str] | None:
    """What draws another value of the form that all of `values` have; None where they share none.

    Whole numbers give numbers of as many digits; names, which begin with a capital, the beginning
    of one with the end of another, or a name of the pool; terms of one or two words the first word
    of one, or a word of the pool, with the last of another.
    """
    if len(values) < 2:
        return None
    if all(_WHOLE.fullmatch(value) for value in values):
        return lambda draw: _number(len(draw.choice(values)), draw)
    parts = [value.split() for value in values]
    every = [word for some in parts for word in some]
    if not all(word.isalpha() for word in every):
        return None
    if all(word[0].isupper() for word in every):
        return _name_maker(every, pool.names)
    return _term_maker(parts, pool.words) if {len(some) for some in parts} <= {1, 2} else None


def another(
    value: str, make: Callable[[random.Random], str], taken: set[str], draw: random.Random
) -> str | None:
    """A value that is neither `value` nor among those taken; None where none was drawn."""
    made = (make(draw) for _ in range(_TRIES))
    return next((one for one in made if one != value and one not in taken), None)


def _number(digits: int, draw: random.Random) -> str:
    least = 10 ** (digits - 1)
    return str(draw.randrange(max(2, least), least * 10))


def _name_maker(
    listed: Sequence[str], others: Sequence[str]
) -> Callable[[random.Random], str] | None:
    long = sorted({name for name in listed if len(name) >= _LEAST_NAME})
    if len(long) < 2:
        return None

    def name(draw: random.Random) -> str:
        if others and draw.random() > _LISTED:
            return draw.choice(others)
        first, last = draw.sample(long, 2)
        return first[: (len(first) + 1) // 2] + last[len(last) // 2 :].lower()

    return name


def _term_maker(
    parts: Sequence[Sequence[str]], others: Sequence[str]
) -> Callable[[random.Random], str] | None:
    first, last = [some[0] for some in parts if len(some) > 1], [some[-1] for some in parts]
    if len(first) < 2:
        return None

    def term(draw: random.Random) -> str:
        beside = others if others and draw.random() > _LISTED else first
        return f"{draw.choice(beside)} {draw.choice(last)}"

    return term
