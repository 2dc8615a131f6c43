"""Numbers of a text in one form: those written otherwise compare equal, and others do not."""

import re
import unicodedata

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,'\u2009\u202f\u00a0]\d{3})+(?![\d,])")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2212", "-----")
# After a word or number and what closes it a dash joins or subtracts; several are prose.
_DASH = re.compile(
    r"(?:[^\W_][*_.'\"%°)\]}$€£¥]*|\+/?)-+|--+"
    r"|-(?P<marks>[*_$€£¥]*)(?=\.?\d)"
)
_LEADING_POINT = re.compile(r"(?<![\w.,:])\.(?=\d)")
_ROUND = re.compile(r"(?<![\d.,:])(\d+)\.0+(?![\d.,:])")


def plain_numbers(text: str) -> str:
    """The text in NFKC with "1,200" as "1200", "5.00" as "5" and ".5" as "0.5".

    The sign of a negative number becomes a true minus before its digits ("-$5" is "$\u22125"); no
    other dash is one: "3-5" and "A-5" keep theirs.
    """
    text = _THOUSANDS.sub(lambda found: re.sub(r"\D", "", found.group()), text)
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    text = _LEADING_POINT.sub("0.", _DASH.sub(_signed, text))
    return _ROUND.sub(r"\1", text)


def _signed(found: re.Match[str]) -> str:
    marks = found["marks"]
    return found.group() if marks is None else f"{marks}\u2212"
