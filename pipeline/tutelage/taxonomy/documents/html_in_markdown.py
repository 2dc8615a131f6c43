"""Tables and headings that a Markdown file writes in HTML, turned into Markdown's own."""

import re
from pathlib import Path

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.html import convert

_FENCED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*\n)*?(?: {0,3}(?P=fence)[`~]*[ \t]*$|\Z)",
    re.MULTILINE,
)
_OPENS = re.compile(r"^[ \t]*<table\b", re.IGNORECASE | re.MULTILINE)
_TABLE_TAG = re.compile(r"<(?P<end>/?)table\b[^>]*>", re.IGNORECASE)
_HEADING = re.compile(
    r"^[ \t]*<h(?P<level>[1-6])\b[^>]*>(?P<title>.*?)</h(?P=level)\s*>[ \t]*$",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def with_markdown_tables(text: str) -> str:
    """Markdown text whose HTML tables and headings are Markdown; code stays as it is."""
    if "<" not in text:
        return text
    parts, start = [], 0
    for fenced in _FENCED.finditer(text):
        parts += [_converted(text[start : fenced.start()]), fenced.group()]
        start = fenced.end()
    return "".join([*parts, _converted(text[start:])])


def _converted(text: str) -> str:
    text = _HEADING.sub(_heading, text)
    while opening := _OPENS.search(text):
        end = _end_of_table(text, opening.start())
        made = _table(text[opening.start() : end])
        if end is None or made is None:
            rest = opening.end()
            return text[:rest] + _converted(text[rest:])
        text = f"{text[: opening.start()]}\n\n{made}\n\n{text[end:]}"
    return text


def _end_of_table(text: str, start: int) -> int | None:
    """Where the table ends, tables inside it counted; None where it never does."""
    depth = 0
    for tag in _TABLE_TAG.finditer(text, start):
        depth += -1 if tag["end"] else 1
        if depth == 0:
            return tag.end()
    return None


def _table(markup: str) -> str | None:
    try:
        return convert(markup, Path()) or None
    except TaxonomyError:  # too deep; its text is still read, as paragraphs
        return None


def _heading(found: re.Match[str]) -> str:
    title = " ".join(found["title"].split())
    return f"\n{'#' * int(found['level'])} {title}\n" if title else found.group()
