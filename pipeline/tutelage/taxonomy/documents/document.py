"""Reading a document: whatever its format, what follows sees Markdown."""

from dataclasses import dataclass
from pathlib import Path

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError

MARKDOWN = (".md", ".markdown", ".txt")
WEB = (".html", ".htm", ".xhtml")
PDF = (".pdf",)
MOST_BYTES = 64 << 20
"""A file beyond this is no document that a teacher could be asked about passage by passage."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as Markdown; `name` is its path relative to the leaf."""

    name: str
    text: str
    digest: str

    @property
    def is_empty(self) -> bool:
        """Whether no letter or digit stands in it."""
        return not any(map(str.isalnum, self.text))


def read_document(file: Path, name: str) -> Document:
    """Read .md, .txt, .html or .pdf as Markdown.

    Raises TaxonomyError for any other file, one of over 64 MiB, and one whose text cannot be had.
    """
    suffix = file.suffix.lower()
    if suffix not in MARKDOWN + WEB + PDF:
        raise TaxonomyError(f"{file}: documents are read from .md, .txt, .html and .pdf")
    data = _bytes(file)
    if suffix in PDF:
        from tutelage.taxonomy.documents.pdf import pdf_to_markdown

        text = pdf_to_markdown(data, file)
    elif suffix in WEB:
        from tutelage.taxonomy.documents.html import html_to_markdown

        text = html_to_markdown(data, file)
    else:
        text = _decoded(data, file)
    return Document(name, text, digest(text))


def _bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise TaxonomyError(f"{file}: {size >> 20} MiB; documents may have {MOST_BYTES >> 20}")
        return file.read_bytes()
    except OSError as exc:
        raise TaxonomyError(f"{file}: cannot be read: {exc.strerror}") from exc


def _decoded(data: bytes, file: Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise TaxonomyError(
            f"{file}:{line}: cannot be read as UTF-8 text ({exc.reason}); save it as UTF-8"
        ) from exc
    if "\0" in text:
        raise TaxonomyError(f"{file}: cannot be read as UTF-8 text (it holds NUL bytes)")
    return text.replace("\r\n", "\n").replace("\r", "\n")
