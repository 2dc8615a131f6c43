"""The structure of Markdown: blocks under their headings; tables and code stay whole."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_INLINE_MARKS = re.compile(r"[*_`\[\]<>&\\!]")
_NESTING = 60
"""Lists and quotes inside each other, at most; what lies deeper is left out."""

Kind = Literal["paragraph", "item", "table", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or list item as plain text with single line ends, a table or code as written."""

    kind: Kind
    headings: tuple[str, ...]
    text: str


def blocks(text: str, *, indented_code: bool = True) -> Iterator[Block]:
    """The blocks of Markdown text in their order.

    Front matter is left out. Without `indented_code`, text set in by four spaces is prose.
    """
    text = _FRONT_MATTER.sub("", text, count=1)
    headings: list[tuple[int, str]] = []
    tokens = _parser(indented_code).parse(text)
    for kind, level, found in _contents(tokens, text.split("\n")):
        if kind == "heading":
            headings = [entry for entry in headings if entry[0] < level] + [(level, found)]
        elif found:
            yield Block(kind, tuple(title for _, title in headings), found)


def plain_inline(text: str) -> str:
    """Text without the marks of emphasis, links and code; a link keeps its text alone."""
    if not _INLINE_MARKS.search(text):
        return text
    (token,) = _inline_parser().parseInline(text)
    return "".join(map(_said, token.children or ())).strip()


def _said(token: "Token") -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return "" if token.type == "html_inline" else token.content


def _contents(
    tokens: Sequence["Token"], lines: list[str]
) -> Iterator[tuple[Kind | Literal["heading"], int, str]]:
    """Kind, level (of a heading) and text of each block."""
    level, in_item, in_table = 0, False, False
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting > 0 else 0
        elif token.type == "list_item_open":
            in_item = True
        elif token.type in ("table_open", "table_close"):
            in_table = token.nesting > 0
            if in_table:
                yield "table", 0, _as_written(token, lines)
        elif token.type in ("fence", "code_block"):
            yield "code", 0, _as_written(token, lines)
        elif token.type == "html_block":
            yield from (("paragraph", 0, part) for part in _html_texts(token.content))
        elif token.type == "inline" and not in_table:
            text = plain_inline(token.content).strip()
            yield ("heading" if level else "item" if in_item else "paragraph"), level, text
            in_item = False


def _as_written(token: "Token", lines: list[str]) -> str:
    """The block's own lines, moved to the margin."""
    first, last = token.map or (0, 0)
    found = [line.expandtabs(4).rstrip() for line in lines[first:last]]
    while found and not found[-1]:
        found.pop()
    inset = len(found[0]) - len(found[0].lstrip()) if found else 0
    return "\n".join(line[inset:] if not line[:inset].strip() else line for line in found)


def _html_texts(markup: str) -> Iterator[str]:
    """The paragraphs of HTML that stands inside Markdown."""
    text = re.sub(r"(?is)<!--.*?-->|<(script|style)\b.*?</\1\s*>", "", markup)
    for part in re.split(r"\n\s*\n|<(?:p|div|li|tr|br|h[1-6])\b[^>]*>", text):
        if part.strip():
            yield plain_inline(" ".join(part.split()))


@lru_cache(maxsize=2)
def _parser(indented_code: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Inline marks are looked at only where there are any: they take most of the time.
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table").disable("inline")
    return parser if indented_code else parser.disable("code")


@lru_cache(maxsize=1)
def _inline_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _NESTING})
