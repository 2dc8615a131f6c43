"""DOCX and PPTX as Markdown, by mammoth and python-pptx (the extra `documents`)."""

import io
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document_text import ReadText
from tutelage.taxonomy.documents.html import convert


def read_docx(data: bytes, file: Path) -> ReadText:
    """Headings, paragraphs, lists, tables and notes of a Word document."""
    try:
        import mammoth
    except ImportError as exc:
        raise _needs_extra(file) from exc
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(data), convert_image=mammoth.images.img_element(lambda _: {})
        )
    except (zipfile.BadZipFile, KeyError, ValueError, AttributeError, IndexError) as exc:
        raise TaxonomyError(f"{file}: not a readable DOCX: {exc}") from exc
    pictures = made.value.count("<img")
    warnings = [f"{pictures} pictures, whose text is not read"] if pictures else []
    return ReadText(convert(made.value, file), warnings=warnings)


def read_pptx(data: bytes, file: Path) -> ReadText:
    """Titles, texts, tables and notes of the slides."""
    try:
        import pptx
    except ImportError as exc:
        raise _needs_extra(file) from exc
    try:
        slides = list(pptx.Presentation(io.BytesIO(data)).slides)
        pages = ["".join(_slide(slide)) for slide in slides]
    except (zipfile.BadZipFile, KeyError, ValueError, AttributeError) as exc:
        raise TaxonomyError(f"{file}: not a readable PPTX: {exc}") from exc
    empty = [str(number) for number, page in enumerate(pages, 1) if not page]
    warnings = [f"slides without text: {', '.join(empty)}"] if empty else []
    return ReadText(convert("".join(pages), file), len(pages), warnings)


def _slide(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"<h1>{escape(title.text_frame.text)}</h1>"
    for shape in _shapes(slide.shapes):
        if shape.has_text_frame and shape != title:
            yield from _paragraphs(shape.text_frame.text)
        elif getattr(shape, "has_table", False):
            yield f"<table>{''.join(_rows(shape.table))}</table>"
    if slide.has_notes_slide:
        yield from _paragraphs(slide.notes_slide.notes_text_frame.text)


def _shapes(shapes: Any) -> Iterator[Any]:
    """The shapes of a slide, those inside groups too."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _rows(table: Any) -> Iterator[str]:
    for number, row in enumerate(table.rows):
        tag = "td" if number else "th"
        cells = (
            f"<{tag}{_spans(cell)}>{escape(cell.text)}</{tag}>"
            for cell in row.cells
            if not cell.is_spanned
        )
        yield f"<tr>{''.join(cells)}</tr>"


def _spans(cell: Any) -> str:
    if not cell.is_merge_origin:
        return ""
    return f' rowspan="{cell.span_height}" colspan="{cell.span_width}"'


def _paragraphs(text: str) -> Iterator[str]:
    yield from (f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _needs_extra(file: Path) -> TaxonomyError:
    return TaxonomyError(
        f"{file}: {file.suffix} needs the extra `documents`: pip install 'tutelage[documents]'"
    )
