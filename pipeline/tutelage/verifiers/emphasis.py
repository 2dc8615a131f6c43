"""What Markdown and HTML put around a text to set it off: `**8**`, `<b>8</b>` and `__8__` say 8.

Only marks that stand around something are taken away. Stars between factors, `2**3` and `3 < b > 5`
are mathematics; what is struck out, raised or lowered keeps its tags, because they change what it
says.
"""

import re

_INLINE = "b|strong|i|em|u|mark|span|font|big|small|code|tt"
_BLOCK = "h[1-6]|p|div|center"
TAG = rf"</?(?:{_INLINE}|{_BLOCK})(?:\s[^<>\n]{{0,200}})?>"
"""A tag that only sets its content off."""
_INLINE_PAIR = re.compile(
    rf"<({_INLINE})(?:\s[^<>\n]{{0,200}})?>([^<>]{{0,400}})</\1>", re.IGNORECASE
)
_BLOCK_PAIR = re.compile(
    rf"<({_BLOCK})(?:\s[^<>\n]{{0,200}})?>([^<>]{{0,400}})</\1>", re.IGNORECASE
)
_LONE = re.compile(rf"\A\s*<(?:{_INLINE}|{_BLOCK})>|</(?:{_INLINE}|{_BLOCK})>", re.IGNORECASE)
"""Half of a pair whose other half stands elsewhere; no inequality begins or ends so."""
_CLOSING = re.compile(rf"</({_INLINE}|{_BLOCK})>", re.IGNORECASE)
_DEEPEST = 4
"""Tags within tags."""
_AFTER_OPERAND = r"(?<![\d)\]}*_\\])(?<!\b[A-Za-z])"
_MARKED = (
    re.compile(
        rf"{_AFTER_OPERAND}(\*{{2,3}}|`)(?=[^\s*`])([^\n]{{1,400}}?)(?<![\s*`])\1(?![\d(*])"
    ),
    re.compile(
        rf"{_AFTER_OPERAND}(?<!\w)(\*|_{{1,3}})(?=[^\s*_])([^\n*]{{1,400}}?)(?<![\s*_])\1"
        r"(?![\w*(])(?!\s*(?:[\d(]|[A-Za-z]\b))"
    ),
)
"""Two stars or a backtick, also within a word; one star or underscores, around whole words."""


def without_emphasis(text: str) -> str:
    """A text without the Markdown and HTML that only sets parts of it off."""
    return without_marks(_without_tags(text)) if "<" in text else without_marks(text)


def without_marks(text: str) -> str:
    """A text without Markdown's emphasis and backticks; its tags stay."""
    for pattern in _MARKED:
        text = pattern.sub(r"\2", text)
    return text


def without_lone_ends(text: str) -> str:
    """A text without the closing tags whose opening tags stood before it."""
    opened = text.lower()
    return _CLOSING.sub(lambda tag: tag[0] if f"<{tag[1].lower()}" in opened else "", text)


def _without_tags(text: str) -> str:
    for _ in range(_DEEPEST):
        text, before = _BLOCK_PAIR.sub(r" \2 ", _INLINE_PAIR.sub(r"\2", text)), text
        if text == before:
            break
    return _LONE.sub("", text)
