"""Whether a text is in one of the languages wanted, as py3langid tells it, offline."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tutelage.core.nearest import nearest
from tutelage.core.text import words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_FEWEST = 4
"""Shorter texts pass: a name or `3 kg` is of any language."""
_SURE = 0.5
"""From this probability on a text counts as being in another language."""
_DOUBT = 0.1
"""A text passes nevertheless where the languages wanted have at least this probability."""
_NO_LANGUAGE = "zxx"
"""What py3langid calls numbers, markup and the like."""


def check_language_codes(codes: list[str]) -> list[str]:
    """The ISO 639 codes themselves; raises ValueError for one that py3langid does not know."""
    known = [label for label in _identifier().labels if label != _NO_LANGUAGE]
    for code in codes:
        if code not in known:
            raise ValueError(f"no language code '{code}'{nearest(code, known)}")
    return codes


def other_language(text: str, wanted: Sequence[str]) -> tuple[str, float] | None:
    """The code of another language that a text is in, and its probability; None where it may be
    in one of those wanted, or is too short to tell."""
    if len(words(text)) < _FEWEST:
        return None
    ranked = {code: float(share) for code, share in _identifier().rank(text)}
    likeliest, share = next(iter(ranked.items()))
    other = likeliest not in (*wanted, _NO_LANGUAGE)
    unlikely = sum(ranked[code] for code in wanted) < _DOUBT
    return (likeliest, share) if other and share >= _SURE and unlikely else None


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    """Loads in a second; nothing is downloaded."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
