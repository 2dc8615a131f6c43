"""The text inside a block of Markdown, without its marks."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

NESTING = 60
"""Lists and quotes, or marks, inside each other, at most; what lies deeper is left out."""

_MARKS = re.compile(r"[*_`\[\]<>&\\!]")
_TAG = re.compile(r"<(/?)([a-z][\w-]*)", re.IGNORECASE)
_VOID = {"br", "hr", "img", "wbr"}
_SIGNED = r"[-+\u2212]?\w+"
_READ_AS_IT_STANDS = re.compile(rf"st|nd|rd|th|TM|(?!{_SIGNED}).*", re.DOTALL)


def plain_inline(text: str) -> str:
    """Text without the marks of emphasis, links, code and HTML; a link keeps its text alone.

    What HTML raises is written as a power: `10^6`, `2^(n+1)`. A tag that is never closed and has no
    attributes, as `<number>`, stands for something and stays.
    """
    if not _MARKS.search(text):
        return text
    (whole,) = _parser().parseInline(text)
    tokens = whole.children or []
    paired, parts = _paired(tokens), list[str]()
    raised: int | None = None
    for token in tokens:
        if (tag := _tag(token)) == "<sup":
            raised = len(parts)
        elif tag == "</sup" and raised is not None:
            parts[raised:], raised = [_raised("".join(parts[raised:]))], None
        parts.append(_said(token, paired))
    return "".join(parts).strip()


def _said(token: "Token", paired: set[str]) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type != "html_inline":
        return token.content
    name = _tag(token).strip("</")
    if name == "br":
        return "\n"
    is_markup = not name or name in paired or name in _VOID or "=" in token.content
    return "" if is_markup else token.content


def _paired(tokens: Sequence["Token"]) -> set[str]:
    """The names of tags that are both opened and closed."""
    tags = set(map(_tag, tokens))
    return {tag.removeprefix("<") for tag in tags if tag.replace("<", "</") in tags}


def _tag(token: "Token") -> str:
    """`<name` or `</name`; empty for what is no tag of HTML."""
    found = _TAG.match(token.content) if token.type == "html_inline" else None
    return found.group().lower() if found else ""


def _raised(text: str) -> str:
    if _READ_AS_IT_STANDS.fullmatch(text):
        return text
    return f"^{text}" if re.fullmatch(_SIGNED, text) else f"^({text})"


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": NESTING})
