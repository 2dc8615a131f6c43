"""Numbers of a text in one form: those written otherwise compare equal, and others do not."""

import unicodedata

import regex

from tutelage.core.language.han_numerals import plain_han_numerals

_DIGIT = regex.compile(r"\p{Nd}")
_ARABIC_SIGNS = str.maketrans("\u066b\u066c\u066a", ".,%")
_NO_MORE = r"(?![\d,.']*\d)"
_GROUPED = regex.compile(
    r"(?<![\d.,'])(?:"
    r"\d{1,3}(?:[,'\u2019\u2009\u202f\u00a0]\d{3})+"  # 1,234,567 and 1'234 and 1 234
    r"|\d{1,2}(?:,\d{2})+,\d{3}"  # 12,34,567 as in India
    r"|\d{1,3}(?:\.\d{3}){2,}"  # 1.234.567
    r"|\d{1,3}(?:\.\d{3})+(?=,\d{1,2}(?!\d)|,\d{4})"  # 1.234,50
    r")(?![\d'])(?!,\d{3}(?!\d))"
)
_DECIMAL_COMMA = regex.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,})(?![\d,]|\.\d)")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2212", "-----")
# After a word or number and what closes it a dash joins or subtracts; several are prose.
_DASH = regex.compile(
    r"(?:[^\W_][*_.'\"%°)\]}$€£¥]*|\+/?)-+|--+"
    r"|-(?P<marks>[*_$€£¥]*)(?=\.?\d)"
)
_LEADING_POINT = regex.compile(r"(?<![\w.,:])\.(?=\d)")
_ROUND = regex.compile(r"(?<![\d.,:])(\d+)\.0+(?![\d.,:])")


def plain_numbers(text: str) -> str:
    """The text in NFKC with its numbers as English writes them, without groups.

    Digits of every script become those of ASCII, and Chinese and Japanese numerals digits. "1,200",
    "1 200" (hard spaces), "1.200.000" and "12,34,567" lose their groups; "12,5" and "1.200,5" get a
    decimal point, but a lone comma before three digits groups. "5.00" is "5" and ".5" is "0.5".

    The sign of a negative number becomes a true minus before its digits ("-$5" is "$\u22125"); no
    other dash is one: "3-5" and "A-5" keep theirs.
    """
    text = ascii_digits(text)
    text = _GROUPED.sub(lambda found: regex.sub(r"\D", "", found.group()), text)
    text = unicodedata.normalize("NFKC", _DECIMAL_COMMA.sub(r"\1.\2", text)).translate(_DASHES)
    text = _LEADING_POINT.sub("0.", _DASH.sub(_signed, plain_han_numerals(text)))
    return _ROUND.sub(r"\1", text)


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script, and Arabic's separators, as in English."""
    if text.isascii():
        return text
    plain = text.translate(_ARABIC_SIGNS)
    return _DIGIT.sub(lambda found: str(unicodedata.digit(found.group())), plain)


def _signed(found: regex.Match[str]) -> str:
    marks = found["marks"]
    return found.group() if marks is None else f"{marks}\u2212"
