"""A demand on how often an answer uses a phrase."""

from typing import ClassVar

from tutelage.core.text import count_phrase
from tutelage.verifiers.counted import Counted
from tutelage.verifiers.phrases import Text


class KeywordCount(Counted):
    """The answer uses a phrase a number of times, as whole words and in any case.

    IFEval's `keywords:frequency` (Zhou et al. 2023, arXiv:2311.07911).
    """

    unit: ClassVar[str] = "uses of the phrase"
    phrase: Text
    """The phrase."""

    def count(self, answer: str) -> int:
        """How often it stands there; uses do not overlap."""
        return count_phrase(answer, self.phrase)
