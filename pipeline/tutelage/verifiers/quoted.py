"""A demand that quotation marks stand around the whole answer."""

from collections.abc import Mapping
from typing import Any

from tutelage.verifiers.verifier import Verifier

_PAIRS = (
    ('"', '"'),
    ("\u201c", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u201e", "\u201d"),
    ("\u00ab", "\u00bb"),
    ("\u00bb", "\u00ab"),
    ("\u300c", "\u300d"),
    ("\u300e", "\u300f"),
)
"""Double marks as languages write them: English, German, Polish, French, Danish, Japanese."""


class Quoted(Verifier):
    """Double quotation marks stand around the whole answer.

    IFEval's `startend:quotation` (Zhou et al. 2023, arXiv:2311.07911).
    """

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """An answer of marks alone says nothing."""
        text = answer.strip()
        if any(text.startswith(a) and text.endswith(b) and len(text) > 2 for a, b in _PAIRS):
            return None
        return "does not stand in quotation marks"
