"""Drops answers that repeat themselves, the question or the passage."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import words
from tutelage.curation.filters.row_filter import RowFilter, Scope

_LONGEST_LOOP = 40
_WINDOW = 28
"""Three-word runs in 30 words."""
_FEWEST = 6


class Echo(RowFilter):
    """The answer hands back the question or the whole passage; or the question is the passage."""

    each_answer: ClassVar[bool] = True

    min_words: int = Field(5, gt=0)
    """Shorter texts may well stand in each other: an extracted name is no echo."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Names what repeats what."""
        question, answer = words(question_of(row)), words(answer_of(row))
        passage = words(str(row.get("context") or ""))
        if answer and answer == question:
            return "echo: the answer is the question"
        if len(answer) >= self.min_words and _stands_in(answer, question):
            return "echo: the answer stands word for word in the question"
        if len(question) >= self.min_words and _stands_in(question, answer):
            return "echo: the answer repeats the question"
        if len(passage) >= self.min_words and answer == passage:
            return "echo: the answer is the passage"
        if len(question) >= self.min_words and question == passage:
            return "echo: the question is the passage"
        return None


class Repetition(RowFilter):
    """Question or answer loops: the same words in a row, or few distinct phrases in a stretch."""

    each_answer: ClassVar[bool] = True

    times: int = Field(3, ge=2)
    """So often in a row some words may not come; a single word, once more often."""
    distinct: float = Field(0.5, ge=0, le=1)
    """The smallest share of distinct three-word runs in 30 words; 0.95 drops the first repeat."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Quotes the loop, or gives the share."""
        for name, text in (("question", question_of(row)), ("answer", answer_of(row))):
            found = words(text)
            if reason := self._loops(found) or self._monotonous(found):
                return f"repetition: in the {name}, {reason}"
        return None

    def _loops(self, found: list[str]) -> str | None:
        for size in range(1, min(_LONGEST_LOOP, len(found) // self.times) + 1):
            times = self.times + (size == 1)
            start = _loop(found, size, times)
            if start is not None:
                quote = " ".join(found[start : start + size])[:60]
                return f"'{quote}' comes {times} times or more in a row"
        return None

    def _monotonous(self, found: list[str]) -> str | None:
        runs = list(zip(found, found[1:], found[2:], strict=False))
        for start in range(0, max(1, len(runs) - _WINDOW // 2), _WINDOW // 2):
            stretch = runs[start : start + _WINDOW]
            share = len(set(stretch)) / len(stretch) if len(stretch) >= _FEWEST else 1.0
            if share < self.distinct:
                return f"only {share:.0%} of the three-word runs in a stretch are distinct"
        return None


def _loop(found: Sequence[str], size: int, times: int) -> int | None:
    """Where `size` words first come `times` times in a row; digits alone do not loop (1 1 1 1)."""
    run = 0
    for index in range(size, len(found)):
        run = run + 1 if found[index] == found[index - size] else 0
        start = index + 1 - size * times
        if run >= size * (times - 1) and any(w.isalpha() for w in found[start : start + size]):
            return start
    return None


def _stands_in(part: Sequence[str], whole: Sequence[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(whole)} "
