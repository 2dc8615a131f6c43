"""A demand that an answer has no comma."""

from collections.abc import Mapping
from typing import Any

from tutelage.verifiers.verifier import Verifier

_COMMAS = ",\uff0c\u3001\u060c"
"""Of Latin, Chinese, Japanese and Arabic script."""


class NoCommas(Verifier):
    """The answer has no comma, not even in a number.

    IFEval's `punctuation:no_comma` (Zhou et al. 2023, arXiv:2311.07911).
    """

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """In a number too."""
        return "holds a comma" if any(sign in answer for sign in _COMMAS) else None
