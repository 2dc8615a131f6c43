"""Whether an answer names an accepted one: as whole words, whatever case and number format."""

import re
import unicodedata
from collections.abc import Iterable

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,'\u2009\u202f\u00a0]\d{3})+(?![\d,])")
_ROUND = re.compile(r"(?<![\d.,:])(\d+)\.0+(?![\d.,:])")
_UNITS = "kg|g|mg|km|cm|mm|m|ml|l|min|h|hrs?|am|pm|kw|w|v|gb|mb|kb|hz|st|nd|rd|th"
_ATTACHED_UNIT = re.compile(rf"(?<![^\W\d_])(\d)({_UNITS})\b")
_QUOTES_AND_DASHES = str.maketrans("\u2018\u2019\u02bc\u2010\u2011\u2012\u2013\u2212", "'''-----")
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(
    rf"[{_ALONE}]"  # scripts written without spaces: each sign is a word
    rf"|(?:(?<!\S)-)?\d+(?:[.,:]\d+)*[^\W_{_ALONE}]*"
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
    """Words in a common form: "1,200" is "1200", "5.00" is "5", "16kg" is "16 kg"; accents stay."""
    text = _THOUSANDS.sub(lambda found: re.sub(r"\D", "", found.group()), text)
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES_AND_DASHES).casefold()
    text = _ATTACHED_UNIT.sub(r"\1 \2", _ROUND.sub(r"\1", text))
    return _WORD.findall(text)
