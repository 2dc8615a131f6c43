"""Whether an answer names an accepted one: as whole words, whatever case and number format."""

import re
from collections.abc import Iterable

from tutelage.core.numerals import plain_numbers

_UNITS = "kg|g|mg|km|cm|mm|m|ml|l|min|h|hrs?|am|pm|kw|w|v|gb|mb|kb|hz|st|nd|rd|th"
_ATTACHED_UNIT = re.compile(rf"(?<![^\W\d_])(\d)({_UNITS})\b")
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(
    rf"[{_ALONE}]"  # scripts written without spaces: each sign is a word
    rf"|\u2212?\d+(?:[.,:]\d+)*[^\W_{_ALONE}]*"
    rf"|[^\W_{_ALONE}]+"
    r"|[%$€£¥+#]"
)


def accepted(answer: str, accept: Iterable[str]) -> str | None:
    """The first accepted text that occurs in the answer as whole words; None where none does."""
    words = _words(answer)
    return next((text for text in accept if _occurs(_words(text), words)), None)


def _occurs(wanted: list[str], words: list[str]) -> bool:
    starts = range(len(words) - len(wanted) + 1)
    return bool(wanted) and any(words[at : at + len(wanted)] == wanted for at in starts)


def _words(text: str) -> list[str]:
    """Words and numbers in a common form: "16kg" is "16 kg"; accents stay."""
    return _WORD.findall(_ATTACHED_UNIT.sub(r"\1 \2", plain_numbers(text).casefold()))
