"""What shape the tasks of a skill have, as its seeds show: how long they are and how they end.

A small teacher goes on where the examples stop: what is beyond their shape is cut off at the end of
a line or sentence rather than lost.
"""

from collections.abc import Callable
from functools import cached_property

from tutelage.core.language.question_marks import ends_sentence
from tutelage.generation.answers import whole_sentences
from tutelage.taxonomy.leaf import Leaf

_QUOTES = ('"', "'", "”", "’", "»", "“", "」", "』")
_LONGER = 1.5
"""By how much a task may be longer than the longest seed."""
_CUT = "cut by length"


class TaskShape:
    """The shape of a leaf's seed questions and answers; `count` counts tokens."""

    def __init__(self, leaf: Leaf, count: Callable[[str], int]) -> None:
        """What is read off the seeds is read once."""
        self._questions = [seed.question for seed in leaf.seeds]
        self._count = count

    def allowance(self, least: int) -> int:
        """Tokens that a task may take: as set, or more where the seeds are longer."""
        return max(least, round(_LONGER * max(map(self._count, self._questions), default=0)))

    def fitted(self, text: str, reason: str | None) -> tuple[str, str | None]:
        """A text without what goes beyond the seeds' shape, and why it still cannot be used."""
        if reason is not None and reason != _CUT:
            return text, reason
        lines = text.split("\n")
        if len(lines) > self._most_lines > 1:
            text, reason = "\n".join(lines[: self._most_lines]).rstrip(), None
        if reason == _CUT:
            whole = whole_sentences(text)
            return (whole, None) if whole else (text, _CUT)
        return text, reason

    def differs(self, text: str) -> str | None:
        """Why a text is no single message, where all seeds are."""
        if "\n" in text and self._most_lines == 1:
            return "more than one line"
        return "unfinished sentence" if self._closed and not _is_closed(text) else None

    @cached_property
    def _most_lines(self) -> int:
        return max((question.count("\n") + 1 for question in self._questions), default=1)

    @cached_property
    def _closed(self) -> bool:
        """Whether every seed question ends as a sentence does."""
        return all(map(_is_closed, self._questions))


def _is_closed(text: str) -> bool:
    return ends_sentence(text) or text.endswith(_QUOTES)
