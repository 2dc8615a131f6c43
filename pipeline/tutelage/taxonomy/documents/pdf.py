"""PDF as Markdown, by pypdf: a page's text in paragraphs, bookmarks as headings."""

import io
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import TaxonomyError

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_PAGES = 5_000
_DEEPEST = 6
_FEWEST_PAGES = 4
"""From so many pages on, lines that open or close more than half of them are running heads."""

_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-z])")
_BULLET = re.compile(r"^[•◦▪‣●]\s*")
_BLOCK_MARK = re.compile(r"^(#{1,6}\s|={2,}$|-{2,}$|~{3}|\|)")
_INLINE_MARKS = re.compile(r"([\\`*_\[\]<>&])")

Bookmarks = Mapping[int, Sequence[tuple[int, str]]]


def pdf_to_markdown(data: bytes, file: Path) -> str:
    """Markdown of a PDF file; raises TaxonomyError where it holds no text or cannot be read."""
    from pypdf import PasswordType, PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every oddity it repairs
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise TaxonomyError(f"{file}: asks for a password; save a copy without one")
        pages = [_lines(page.extract_text()) for page in reader.pages[:_MOST_PAGES]]
        bookmarks = _bookmarks(reader)
    except TaxonomyError:
        raise
    except Exception as exc:  # a broken file makes pypdf fail in many ways, all of them its own
        raise TaxonomyError(f"{file}: not a readable PDF: {type(exc).__name__}: {exc}") from exc
    if not any(map(any, pages)):
        raise TaxonomyError(
            f"{file}: {len(pages)} pages without text, so it was probably scanned; "
            "run OCR over it (ocrmypdf, say) and use the copy that this makes"
        )
    heads = _running_heads(pages)
    texts = (_page(_body(lines, heads), bookmarks.get(n, ())) for n, lines in enumerate(pages))
    return "\n\n".join(texts)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\0", "").splitlines()]


def _bookmarks(reader: "PdfReader") -> Bookmarks:
    """By page number: level, counted from 1, and title of each bookmark there."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)

    def walk(entries: Sequence[Any], level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, min(level + 1, _DEEPEST))
            elif (page := reader.get_destination_page_number(entry)) is not None:
                found[page].append((level, " ".join(str(entry.title).split())))

    walk(reader.outline, 1)
    return found


def _running_heads(pages: Sequence[Sequence[str]]) -> set[str]:
    """First and last lines, figures apart, that more than half of the pages share."""
    if len(pages) < _FEWEST_PAGES:
        return set()
    often = Counter(edge for lines in pages for edge in {_figureless(e) for e in _edges(lines)})
    return {line for line, times in often.items() if times > len(pages) / 2}


def _edges(lines: Sequence[str]) -> tuple[str, ...]:
    said = [line for line in lines if line]
    return (said[0], said[-1]) if said else ()


def _figureless(line: str) -> str:
    return re.sub(r"\d+", "0", line)


def _body(lines: list[str], heads: set[str]) -> list[str]:
    """The lines of a page without its running heads."""
    drop = {edge for edge in _edges(lines) if _figureless(edge) in heads}
    return [line for line in lines if line not in drop]


def _page(lines: Sequence[str], bookmarks: Sequence[tuple[int, str]]) -> str:
    """The page as Markdown: a bookmark's title becomes a heading, where it stands or at the top."""
    titles = {_plain(t): f"{'#' * level} {_escaped(t)}" for level, t in bookmarks if _plain(t)}
    there = {_plain(line) for line in lines}
    parts = [f"{heading}\n" for title, heading in titles.items() if title not in there]
    for line in lines:
        heading = titles.pop(_plain(line), None)
        parts.append(f"\n{heading}\n" if heading else _escaped(line))
    return _HYPHENATED.sub("", "\n".join(parts)).strip()


def _plain(line: str) -> str:
    return "".join(filter(str.isalnum, line)).casefold()


def _escaped(line: str) -> str:
    """A line whose signs mean themselves; a bullet begins a list item."""
    line = _BULLET.sub("- ", line)
    return _BLOCK_MARK.sub(r"\\\1", _INLINE_MARKS.sub(r"\\\1", line))
