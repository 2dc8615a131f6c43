"""EPUB as Markdown: its chapters, pages of HTML in a zip file, in their order."""

import io
import posixpath
import zipfile
from pathlib import Path
from urllib.parse import unquote

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document_text import ReadText
from tutelage.taxonomy.documents.html import convert

_MOST_BYTES = 256 << 20
"""Unpacked; a zip file may claim to be any size."""


def read_epub(data: bytes, file: Path) -> ReadText:
    """The chapters in the order of the book's spine; raises TaxonomyError where it is no book."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(entry.file_size for entry in book.infolist()) > _MOST_BYTES:
                raise TaxonomyError(f"{file}: unpacks to over {_MOST_BYTES >> 20} MiB")
            if "META-INF/rights.xml" in book.namelist():
                raise TaxonomyError(f"{file}: is protected against copying; use a free copy")
            chapters = [book.read(name).decode("utf-8", "replace") for name in _spine(book)]
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError) as exc:
        raise TaxonomyError(f"{file}: not a readable EPUB: {exc}") from exc
    texts = [convert(chapter, file) for chapter in chapters]
    return ReadText("\n\n".join(text for text in texts if text), len(chapters))


def _spine(book: zipfile.ZipFile) -> list[str]:
    """The names of the chapters' files."""
    from bs4 import BeautifulSoup

    container = BeautifulSoup(book.read("META-INF/container.xml"), "html.parser")
    place = container.find("rootfile")
    if place is None:
        raise ValueError("META-INF/container.xml names no package")
    package = str(place["full-path"])
    parsed = BeautifulSoup(book.read(package), "html.parser")
    files = {str(item["id"]): str(item["href"]) for item in parsed.find_all("item")}
    folder = posixpath.dirname(package)
    order = [str(entry["idref"]) for entry in parsed.find_all("itemref")]
    return [posixpath.normpath(posixpath.join(folder, unquote(files[name]))) for name in order]
