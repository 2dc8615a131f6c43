"""The structure of Markdown: blocks under their headings; tables and code stay whole."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from tutelage.taxonomy.documents.front_matter import front_matter
from tutelage.taxonomy.documents.html_in_markdown import with_markdown_tables
from tutelage.taxonomy.documents.inline import NESTING, plain_inline
from tutelage.taxonomy.documents.plain_marks import with_plain_marks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_PARAGRAPHS = re.compile(r"\n\s*\n|</?(?:p|div|li|tr|br|h[1-6])\b[^>]*>", re.IGNORECASE)

Kind = Literal["paragraph", "item", "table", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or list item as plain text with single line ends, a table or code as written."""

    kind: Kind
    headings: tuple[str, ...]
    text: str
    number: str = ""
    """What a numbered list has before the item: `3.`"""
    under: str = ""
    """The item that this one stands under, where lists stand inside each other."""


def blocks(text: str, *, marked: bool = True) -> Iterator[Block]:
    """The blocks of Markdown text in their order; front matter is left out.

    Headings and lists that only their numbers tell are found as well (`plain_marks`).

    Text that is not `marked` up has headings, lists, tables and code too; its words are as written:
    no HTML, link, quote or escape is looked for, and text set in by four spaces is prose.
    """
    text = with_markdown_tables(text[len(front_matter(text)) :]) if marked else text
    yield from with_plain_marks(_marked_blocks(text, marked))


def _marked_blocks(text: str, marked: bool) -> Iterator[Block]:
    headings: list[tuple[int, str]] = []
    tokens = _parser(marked).parse(text)
    read = plain_inline if marked else str
    items: list[str] = []
    for kind, level, number, found in _contents(tokens, text.split("\n"), read):
        if kind == "heading":
            title = " ".join(found.split())
            headings = [entry for entry in headings if entry[0] < level] + [(level, title)]
        elif found:
            under = ""
            if kind == "item":
                items = [*items[: level - 1], found]
                under = items[-2] if len(items) > 1 else ""
            yield Block(kind, tuple(title for _, title in headings), found, number, under)


def heading_path(headings: Sequence[str]) -> str:
    """Headings as the path from a document's title to a place in it: `Ferries > Fares`."""
    return " > ".join(headings)


def _contents(
    tokens: Sequence["Token"], lines: list[str], read: Callable[[str], str]
) -> Iterator[tuple[Kind | Literal["heading"], int, str, str]]:
    """Kind, level (of a heading or an item), number (of an item) and text of each block."""
    level, depth, item, in_table = 0, 0, None, False
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting > 0 else 0
        elif token.type in ("list_item_open", "list_item_close"):
            depth += token.nesting
            if token.nesting > 0:
                item = f"{token.info}{token.markup}" if token.info else ""
        elif token.type in ("table_open", "table_close"):
            in_table = token.nesting > 0
            if in_table:
                yield "table", 0, "", _as_written(token, lines)
        elif token.type in ("fence", "code_block"):
            yield "code", 0, "", _as_written(token, lines)
        elif token.type == "html_block":
            yield from (("paragraph", 0, "", part) for part in _html_texts(token.content))
        elif token.type == "inline" and not in_table:
            kind: Kind = "paragraph" if item is None else "item"
            said = read(token.content).strip()
            yield ("heading" if level else kind), level or depth, item or "", said
            item = None


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
    for part in _PARAGRAPHS.split(text):
        if part.strip():
            yield plain_inline(" ".join(_block_tags().sub(" ", part).split()))


@lru_cache(maxsize=1)
def _block_tags() -> re.Pattern[str]:
    from markdown_it.common.html_blocks import block_names

    return re.compile(rf"</?(?:{'|'.join(block_names)})\b[^>]*>", re.IGNORECASE)


@lru_cache(maxsize=2)
def _parser(marked: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Inline marks are looked at only where there are any: they take most of the time.
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING}).enable("table").disable("inline")
    return parser if marked else parser.disable(["code", "html_block", "reference", "blockquote"])
