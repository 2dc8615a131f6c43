"""Reading a document: whatever its format, what follows sees Markdown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document_text import ReadText, joined_words

MOST_BYTES = 64 << 20
"""A file beyond this is no document that a teacher could be asked about passage by passage."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as Markdown; `name` is its path relative to the leaf."""

    name: str
    text: str
    digest: str
    pages: int | None = None
    """Pages, slides or chapters, where the format has them."""
    warnings: tuple[str, ...] = ()
    """What of the file is lost or may be wrong, with its page."""
    left_out: tuple[str, ...] = ()
    """What was left out on purpose, as a running head."""
    sections: tuple[str, ...] = ()
    """Headings whose text is meant, with all below them; the title of a whole document stands for
    what comes before its first section. All of the text where there are none."""

    @property
    def is_empty(self) -> bool:
        """Whether no letter or digit stands in it."""
        return not any(map(str.isalnum, self.text))


def read_document(file: Path, name: str) -> Document:
    """Read a file as Markdown, by its suffix (see READERS).

    Raises TaxonomyError for any other file, one of over 64 MiB, and one whose text cannot be had.
    """
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise TaxonomyError(f"{file}: documents are read from {known}")
    read = reader(_bytes(file), file)
    text = read.markdown
    return Document(
        name, text, digest(text), read.pages, tuple(read.warnings), tuple(read.left_out)
    )


def _text(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.front_matter import front_matter

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise TaxonomyError(
            f"{file}:{line}: cannot be read as UTF-8 text ({exc.reason}); save it as UTF-8"
        ) from exc
    if "\0" in text:
        raise TaxonomyError(f"{file}: cannot be read as UTF-8 text (it holds NUL bytes)")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    if file.suffix.lower() == ".txt":
        text = joined_words(text)
    lines = front_matter(text).count("\n") if file.suffix.lower() != ".txt" else 0
    return ReadText(text, left_out=[f"front matter, lines 1-{lines}"] if lines else [])


def _html(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.html import html_to_markdown

    return ReadText(html_to_markdown(data, file))


def _pdf(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.pdf import read_pdf

    return read_pdf(data, file)


def _epub(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.epub import read_epub

    return read_epub(data, file)


def _docx(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.office import read_docx

    return read_docx(data, file)


def _pptx(data: bytes, file: Path) -> ReadText:
    from tutelage.taxonomy.documents.office import read_pptx

    return read_pptx(data, file)


READERS: dict[str, Callable[[bytes, Path], ReadText]] = {
    ".md": _text,
    ".markdown": _text,
    ".txt": _text,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".pdf": _pdf,
    ".epub": _epub,
    ".docx": _docx,
    ".pptx": _pptx,
}
"""By suffix; each gives Markdown and says what of the file is lost."""


def _bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise TaxonomyError(f"{file}: {size >> 20} MiB; documents may have {MOST_BYTES >> 20}")
        return file.read_bytes()
    except OSError as exc:
        raise TaxonomyError(f"{file}: cannot be read: {exc.strerror}") from exc
