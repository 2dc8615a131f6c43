"""Scripts written without spaces: each character is a word there, and a part of a real one."""

import regex

UNSPACED = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\p{Javanese}\p{Balinese}\p{Tai_Tham}\p{Yi}]"
)
"""A character of such a script, as a pattern of the `regex` library has it."""
SPACED_LETTER = rf"(?:(?!{UNSPACED})[\p{{L}}\p{{M}}])"
"""A letter, or a mark on one, of a script that parts words."""

_WEIGHTS = (
    (regex.compile(r"[\p{Han}\p{Yi}]"), 1 / 2),
    (regex.compile(r"[\p{Hiragana}\p{Katakana}\u30fc\uff70]"), 1 / 3),
    (regex.compile(UNSPACED), 1 / 4),
)


def run_weight(word: str) -> float:
    """What of a word a token of `wording.words` is: 1, or less in scripts without spaces.

    Chinese words have two characters in the mean, Japanese ones in kana three, Thai ones four.
    """
    if word.isascii():
        return 1.0
    return next((weight for pattern, weight in _WEIGHTS if pattern.match(word)), 1.0)
