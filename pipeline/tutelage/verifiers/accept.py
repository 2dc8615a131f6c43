"""Whether an answer names an accepted one: as whole words, whatever case and number format."""

import unicodedata
from collections.abc import Iterable

import regex

from tutelage.core.language.attached import is_form_of
from tutelage.core.language.letters import UNSPACED, VOWEL_SIGNS
from tutelage.core.language.numerals import plain_numbers

_UNITS = "kg|g|mg|km|cm|mm|m|ml|l|min|h|hrs?|am|pm|kw|w|v|gb|mb|kb|hz|st|nd|rd|th"
_ATTACHED_UNIT = regex.compile(rf"(?<![^\W\d_])(\d)({_UNITS})\b")
_WORD = regex.compile(
    rf"{UNSPACED}\p{{M}}*"  # scripts written without spaces: each sign is a word
    r"|\u2212?\d+(?:[.,:]\d+)*\p{Latin}*"  # 42개 is two words, B12 and 7th are one
    rf"|(?:(?!{UNSPACED})[\p{{L}}\p{{M}}\p{{N}}])+"
    r"|[%$€£¥+#]"
)
_NO_VOWEL_SIGNS = str.maketrans("", "", VOWEL_SIGNS)


def accepted(answer: str, accept: Iterable[str]) -> str | None:
    """The first accepted text that occurs in the answer as whole words; None where none does.

    What Arabic, Hebrew and Korean attach to a word is no part of it: `בליידן` names `ליידן`.
    """
    words = _words(answer)
    return next((text for text in accept if _occurs(_words(text), words)), None)


def _occurs(wanted: list[str], words: list[str]) -> bool:
    starts = range(len(words) - len(wanted) + 1)
    return bool(wanted) and any(_same(words[at : at + len(wanted)], wanted) for at in starts)


def _same(words: list[str], wanted: list[str]) -> bool:
    return all(map(is_form_of, words, wanted))


def _words(text: str) -> list[str]:
    """Words and numbers in a common form: "16kg" is "16 kg"; accents stay."""
    plain = unicodedata.normalize("NFC", plain_numbers(text)).casefold()
    return _WORD.findall(_ATTACHED_UNIT.sub(r"\1 \2", plain.translate(_NO_VOWEL_SIGNS)))
