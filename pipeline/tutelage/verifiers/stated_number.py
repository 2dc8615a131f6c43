"""A final answer where a number is wanted: one number with a unit, several numbers, or a formula.

`x = 5 km`, `about $5.00` and `\\frac{1}{2}` give one number. `2^5` gives none: what it comes to is
for a formula's comparison to say, and its last number is no answer.
"""

import re
import unicodedata

from tutelage.verifiers.answer_remarks import without_remarks
from tutelage.verifiers.emphasis import without_emphasis
from tutelage.verifiers.numeric import Number, numbers

_UNITS = "(?:[kcdmµ]?m|ft|in|yd|mi|sec|s|inch(?:es)?|feet|foot|yards?|miles?|met(?:er|re)s?|units?)"
_VARIABLE = "[abeijknqruvwxyz]"
"""Letters that stand for an unknown; those left out are units too: `5 m`, `5 h`, `5 p`."""
_FRACTION = re.compile(
    r"\\[dtc]?frac\s*(?:\{\s*(-?[\d.]+)\s*\}|(?<=frac)(\d))\s*(?:\{\s*([\d.]+)\s*\}|(\d))"
)
_REWRITTEN = (
    (re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\s*\{([^{}]*)\}"), r" \1"),
    (re.compile(r"\\(?:left|right|displaystyle|!)|\\[()\[\]]"), ""),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degree"), "°"),
    (re.compile(r"\\[,;: ]|\\quad"), "\u202f"),
    (re.compile(r"\\([%$#&])"), r"\1"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(rf"(?<![A-Za-z\\])({_UNITS})(?:\^\{{?[-\u2212]?\d\}}?|[²³]|(?<=m)[23]\b)"), r"\1"),
    (re.compile(r"\b(?:minus|negative)\s+(?=[$€£¥]?\d)|^\u2212\s+", re.IGNORECASE), "-"),
)
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d/])")
_EQUALS = re.compile(r"(?<![<>!=])=(?!=)|≈|\\approx|\\simeq")
_NAME = re.compile(r"[^\d+*/^<>]*|[A-Za-z]\s*\([\w, ]*\)")
"""What may stand before an equals sign, beside arithmetic: `x`, `Total cost`, `f(2)`."""
_ALONE = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_SEVERAL = re.compile(r"\b(?:or|and)\b|;|,(?!\d{3})", re.IGNORECASE)
_FORMULA = re.compile(
    r"\\[A-Za-z]|[√π∞±∑∫^|<>≤≥≠×÷·*=]|_[#{]"
    rf"|#\s*{_VARIABLE}\s*(?=$|[-+/^()#])|(?<![A-Za-z])[bjknqruvwxyz]\s*[-+]?\s*#"
    r"|[\w#)\]}]\s*\+\s*[\w#(]|#\s*[-\u2212]\s*[a-z]\b|\b[a-z]\s*[-\u2212]\s*[#(]"
    rf"|/\s*[#(]|#\s*/\s*{_VARIABLE}\b|#\((?=[^)]*#)|(?<![A-Za-z])[A-Za-z]\("
    r"|\b(?:sqrt|log|ln|sin|cos|tan|exp|abs|gcd|lcm|max|min)\s*[(#]|\bpi\b"
    r"|\b(?:roots? of|squared|cubed|factorial|half of|twice|power of)\b"
)
"""Signs of a computation, in a text whose numbers are written as `#`."""
_RELATION = re.compile(r"[=<>≤≥≠]|\\(?:le|ge|lt|gt|ne)q?\b")
_ROOT = re.compile(r"√\s*(?:\(([^()]*)\)|([\d.]+|[A-Za-z]))")
_LONGEST = 400
"""Characters of a formula, as `math_equal` compares it."""
_WORD = re.compile(r"(?<![A-Za-z\\])(?!(?:sqrt|log|sin|cos|tan|exp|frac|pi)\b)[^\W\d_]{2,}")
_SEGMENT = re.compile(r"(?<!\\)\$([^$]+)\$")


def stated_numbers(answer: str) -> list[Number] | None:
    """The numbers that a final answer gives; None where it is a formula that has to be computed.

    Of a chain of equations the last side counts: `x = 2 + 3 = 5` gives 5. A number that is part of
    a name (`B12`) counts only where there is no other.
    """
    text = plain_math(_last_side(answer))
    text = _GROUPED.sub(lambda found: found.group().replace(" ", "\u202f"), text)
    found = numbers(text)
    if _FORMULA.search(_masked(text, found)):
        return None
    free = [one for one in found if not text[max(0, one.start - 1) : one.start].isalpha()]
    return free or found


def one_number(answer: str) -> Number | None:
    """The number that a final answer gives; None where it gives none, or several that differ."""
    found = stated_numbers(answer) or []
    return found[0] if len({one.readings for one in found}) == 1 else None


def formula(answer: str) -> str | None:
    """The expression that a final answer is; None where it is a relation, or several values.

    math-verify would take `x^2 + 7 = 7` and `x > 7` for 7.
    """
    text = _last_side(answer).strip()
    segments = _SEGMENT.findall(text)
    if len(segments) == 1 and not re.search(r"\d", _SEGMENT.sub("", text)):
        text = segments[0].strip()
    if _SEVERAL.search(text) or _RELATION.search(text):
        return None
    text = _ROOT.sub(r"\\sqrt{\1\2}", text)
    return text.replace("×", r"\times ").replace("÷", r"\div ")


def is_bare_formula(reply: str) -> bool:
    """Whether a reply that marks no answer is one line of mathematics and nothing else."""
    text = reply.strip()
    if "\n" in text or len(text) > _LONGEST or _WORD.search(plain_math(text)):
        return False
    return stated_numbers(text) is None


def plain_math(text: str) -> str:
    """A text without what LaTeX, Markdown and HTML write around a number and its unit."""
    text = _FRACTION.sub(_fraction, without_emphasis(text))
    for pattern, plain in _REWRITTEN:
        text = pattern.sub(plain, text)
    return "".join(_vulgar(text))


def _fraction(found: re.Match[str]) -> str:
    over, under = found[1] or found[2], found[3] or found[4]
    apart = found.string[: found.start()].rstrip()[-1:].isalnum()
    return f"{' ' * apart}{over}/{under}"


def _vulgar(text: str) -> "list[str]":
    """`2½` as `2 1/2`."""
    parts: list[str] = []
    for sign in text:
        written = unicodedata.normalize("NFKC", sign) if unicodedata.category(sign) == "No" else ""
        over, bar, under = written.partition("\u2044")
        apart = " " if parts and parts[-1].isdigit() else ""
        parts.append(f"{apart}{over}/{under}" if bar and under else sign)
    return parts


def _last_side(answer: str) -> str:
    """What follows the last equals sign, where names or arithmetic alone stand before it.

    Words after a number are no side: `5 = five` gives 5.
    """
    text = without_remarks(answer).strip()
    if (whole := _SEGMENT.fullmatch(text)) is not None:
        text = whole[1]
    *before, last = _EQUALS.split(text)
    return last if last.strip() and all(map(_may_stand_before, before)) else text


def _may_stand_before(side: str) -> bool:
    if _NAME.fullmatch(side.strip()):
        return not _SEVERAL.search(side) or "(" in side
    return not _ALONE.search(plain_math(side)) and not _SEVERAL.search(side)


def _masked(text: str, found: list[Number]) -> str:
    """The text with `#` for each number; its sign stays."""
    parts, at = [], 0
    for one in found:
        if one.start < at:  # of a list without spaces
            continue
        sign = text[one.start] if text[one.start] in "-+\u2212" else ""
        parts += [text[at : one.start], sign, "#"]
        at = one.end
    return "".join([*parts, text[at:]]).strip(" .$")
