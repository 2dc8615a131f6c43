"""Scripts written without spaces: each character is a word there, and a part of a real one."""

import regex

UNSPACED = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\p{Javanese}\p{Balinese}\p{Tai_Tham}\p{Yi}]"
)
"""A character of such a script, as a pattern of the `regex` library has it."""
SPACED_LETTER = rf"(?:(?!{UNSPACED})[\p{{L}}\p{{M}}])"
"""A letter, or a mark on one, of a script that parts words."""

VOWEL_SIGNS = "\u0640\u0670" + "".join(
    chr(n) for n in (*range(0x064B, 0x0653), *range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C7)
)
"""Arabic and Hebrew signs for vowels and stretching, which few texts write."""

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
