"""PDF as Markdown, by PDFium: a page's text in paragraphs, bookmarks as headings."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document_text import ReadText, joined_words
from tutelage.taxonomy.documents.pdf_layout import Box, page_lines
from tutelage.taxonomy.documents.right_to_left import has_right_to_left, is_turned, turn

_MOST_PAGES = 5_000
_DEEPEST = 6
_FEWEST_PAGES = 4
"""From so many pages on, lines that open or close more than half of them are running heads."""
_UNREADABLE = 0.05
"""The share of signs without a meaning from which on a page cannot be trusted."""

_BULLET = re.compile(r"^[•◦▪‣●]\s*")
_BLOCK_MARK = re.compile(r"^(#{1,6}\s|={2,}$|-{2,}$|~{3}|\|)")
_INLINE_MARKS = re.compile(r"([\\`*_\[\]<>&])")
_TABLE_ROW = re.compile(r"\|.*\|")
_PRESENTED = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufeff]")
"""Ligatures and other shapes of letters, which stand for the letters."""
_HYPHEN = "\x02"
"""What PDFium puts for a hyphen at the end of a line."""
_NO_SIGN = re.compile("[\ufffd\ue000-\uf8ff]")

Bookmarks = Mapping[int, Sequence[tuple[int, str]]]


def read_pdf(data: bytes, file: Path) -> ReadText:
    """The text of a PDF file; raises TaxonomyError where it holds none or cannot be read."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            count = len(document)
            pages = [_lines(document[n]) for n in range(min(count, _MOST_PAGES))]
            bookmarks = _bookmarks(document)
    except pypdfium2.PdfiumError as exc:
        if "assword" in str(exc):
            raise TaxonomyError(f"{file}: asks for a password; save a copy without one") from exc
        raise TaxonomyError(f"{file}: not a readable PDF: {exc}") from exc
    if not any(map(any, pages)):
        raise TaxonomyError(
            f"{file}: {len(pages)} pages without text, so it was probably scanned; "
            "run OCR over it (ocrmypdf, say) and use the copy that this makes"
        )
    found = ReadText("", count)
    _check_pages(pages, found)
    if count > _MOST_PAGES:
        found.warnings.append(f"pages {_MOST_PAGES + 1}-{count} are not read; cut the file in two")
    pages = _in_order_of_reading(pages, found)
    heads = _running_heads(pages)
    found.left_out += [f"the running head or foot '{head}'" for head in sorted(heads)]
    texts = (_page(_body(lines, heads), bookmarks.get(n, ())) for n, lines in enumerate(pages))
    found.markdown = "\n\n".join(texts)
    return found


def _lines(page: Any) -> list[str]:
    text = page.get_textpage()
    boxes = []
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        said = _clean(text.get_text_bounded(left, bottom, right, top))
        boxes.append(Box(said, left, bottom, right, top))
    return [line.strip() for line in page_lines(boxes)]


def _clean(text: str) -> str:
    text = " ".join(text.replace("\0", "").replace(_HYPHEN, "-").split())
    return _PRESENTED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)


def _bookmarks(document: Any) -> Bookmarks:
    """By page number: level, counted from 1, and title of each bookmark there."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for mark in document.get_toc(max_depth=_DEEPEST):
        target = mark.get_dest()
        page = target.get_index() if target else None
        if page is not None:
            found[page].append((mark.level + 1, " ".join(mark.get_title().split())))
    return found


def _check_pages(pages: Sequence[Sequence[str]], found: ReadText) -> None:
    """Name pages without text and those whose fonts do not tell what their signs mean."""
    empty = [number for number, lines in enumerate(pages, 1) if not any(lines)]
    if empty:
        found.warnings.append(
            f"{_numbers(empty)}: no text there, so probably scanned or pictures; run OCR over the "
            "file (ocrmypdf, say)"
        )
    texts = ["".join(lines) for lines in pages]
    odd = [
        number
        for number, text in enumerate(texts, 1)
        if len(_NO_SIGN.findall(text)) > _UNREADABLE * max(1, len(text))
    ]
    if odd:
        found.warnings.append(
            f"{_numbers(odd)}: many signs there cannot be read, as a font does not tell their "
            "letters; run OCR over the file (ocrmypdf --force-ocr, say)"
        )


def _in_order_of_reading(pages: list[list[str]], found: ReadText) -> list[list[str]]:
    """The pages with Arabic and Hebrew lines turned where they are written as they look."""
    with_letters = [n for n, lines in enumerate(pages, 1) if any(map(has_right_to_left, lines))]
    if not with_letters:
        return pages
    turned = is_turned(line for lines in pages for line in lines)
    if turned is None:
        found.warnings.append(
            f"{_numbers(with_letters)}: text from right to left, whose order could not be checked; "
            "look at a passage, and convert the file by another program if it is reversed"
        )
    return [[turn(line) for line in lines] for lines in pages] if turned else pages


def _numbers(pages: Sequence[int]) -> str:
    """`pages 2-4, 7`."""
    runs = [
        [page for _, page in run]
        for _, run in groupby(enumerate(pages), key=lambda pair: pair[1] - pair[0])
    ]
    texts = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return f"{'pages' if len(pages) > 1 else 'page'} {', '.join(texts)}"


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
    return joined_words("\n".join(parts)).strip()


def _plain(line: str) -> str:
    return "".join(filter(str.isalnum, line)).casefold()


def _escaped(line: str) -> str:
    """A line whose signs mean themselves; a bullet begins a list item."""
    line = _BULLET.sub("- ", line)
    if _TABLE_ROW.fullmatch(line):
        return _INLINE_MARKS.sub(r"\\\1", line)
    return _BLOCK_MARK.sub(r"\\\1", _INLINE_MARKS.sub(r"\\\1", line))
