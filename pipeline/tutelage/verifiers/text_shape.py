"""Demands on an answer's shape: words, sentences, paragraphs, bullets, case."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from tutelage.core.text import STOP_WORDS, count_words, plain, sentences
from tutelage.verifiers.counted import Counted
from tutelage.verifiers.verifier import Verifier

_BULLET = re.compile(r"^[ \t]*(?:[-*+\u2022\u2013]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+")
_SIGNS = "\"'()[]*_.,;:!?"
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


class MaxWords(Verifier):
    """The answer has at most so many words."""

    words: int = Field(ge=0)
    """The most words allowed; a run between spaces is one word."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Tells both counts."""
        count = count_words(answer)
        return None if count <= self.words else f"{count} words, at most {self.words} allowed"


class MinWords(Verifier):
    """The answer has at least so many words."""

    words: int = Field(ge=0)
    """The fewest words allowed."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Tells both counts."""
        count = count_words(answer)
        return None if count >= self.words else f"{count} words, at least {self.words} wanted"


class Sentences(Counted):
    """The answer has a number of sentences."""

    unit = "sentences"

    def count(self, answer: str) -> int:
        """How many there are."""
        return len(sentences(answer))


class Paragraphs(Counted):
    """The answer has a number of paragraphs, parted by blank lines."""

    unit = "paragraphs"

    def count(self, answer: str) -> int:
        """How many there are."""
        return sum(bool(p.strip()) for p in _BLANK_LINE.split(answer))


class Bullets(Counted):
    """The answer has a number of list items: lines that begin with a bullet, `-`, `*` or `1.`."""

    unit = "bullets"

    def count(self, answer: str) -> int:
        """How many there are."""
        return len(_BULLET.findall(answer))


class LetterCase(Verifier):
    """All letters of the answer are capitals, or none is; or each word begins with one: a title."""

    letters: Literal["upper", "lower", "title"]
    """Which; letters of scripts without case do not count. In a title, `of`, `the` and other
    function words may begin small, but for the first and the last word."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the first letter or word in the wrong case."""
        if self.letters == "title":
            return _no_title(answer)
        wrong = str.islower if self.letters == "upper" else str.isupper
        letter = next((letter for letter in answer if wrong(letter)), None)
        return None if letter is None else f"'{letter}' is not {self.letters} case"


def _no_title(answer: str) -> str | None:
    """Why a text is not in title case."""
    found = [(run, word) for run in answer.split() if (word := _WORD.search(run))]
    for number, (run, word) in enumerate(found):
        inside = 0 < number < len(found) - 1
        if word.group()[0].islower() and not (inside and plain(run).strip(_SIGNS) in STOP_WORDS):
            return f"'{word.group()}' does not begin with a capital"
    if len(found) > 1 and answer.isupper():
        return "is all capitals, not a title"
    return None
