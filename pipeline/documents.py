"""Documents of a knowledge leaf, split into passages that know the headings they stand under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pipeline.errors import TaxonomyError
from pipeline.store import digest

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|approx|Inc|Ltd|Co)\.)$"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as Markdown-like text; `name` is its path relative to the leaf."""

    name: str
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `headings` leads to it from the document's title."""

    id: str
    document: str
    headings: tuple[str, ...]
    text: str


def read_document(file: Path, name: str) -> Document:
    """Read .md, .txt or .html as text; raises TaxonomyError for anything else or not UTF-8."""
    if file.suffix.lower() not in (".md", ".markdown", ".txt", ".html", ".htm"):
        raise TaxonomyError(f"{file}: documents are read from .md, .txt and .html")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise TaxonomyError(f"{file}: cannot be read as UTF-8 text: {exc}") from exc
    if file.suffix.lower() in (".html", ".htm"):
        text = _html_to_markdown(text)
    return Document(name, text, digest(text))


def split(document: Document, max_words: int) -> Iterator[Passage]:
    """Passages of at most `max_words` words, cut between sentences; a longer one stands alone."""
    for headings, paragraph in _paragraphs(document.text):
        held: list[str] = []
        for sentence in sentences(paragraph):
            if held and _words(" ".join([*held, sentence])) > max_words:
                yield _passage(document, headings, held)
                held = []
            held.append(sentence)
        if held:
            yield _passage(document, headings, held)


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a stretch of prose; `Dr.` and initials end none."""
    held = ""
    for part in _SENTENCE_END.split(" ".join(paragraph.split())):
        held = f"{held} {part}".strip()
        if not _ABBREVIATION.search(held):
            yield held
            held = ""
    if held:
        yield held


def _passage(document: Document, headings: tuple[str, ...], sentences: list[str]) -> Passage:
    text = " ".join(sentences)
    name = f"passage:{digest(document.name, headings, text)[:12]}"
    return Passage(name, document.name, headings, text)


def _paragraphs(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Blocks of text with the headings above them; a list item is a block of its own."""
    headings: list[tuple[int, str]] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        heading = _HEADING.match(line)
        starts_item = re.match(r"\s*(?:[-*+]|\d+[.)])\s+", line)
        if (heading or starts_item or not line.strip()) and lines:
            yield tuple(title for _, title in headings), " ".join(lines)
            lines = []
        if heading:
            level = len(heading.group(1))
            headings = [entry for entry in headings if entry[0] < level]
            headings.append((level, heading.group(2)))
        elif line.strip():
            lines.append(line[starts_item.end() :] if starts_item else line.strip())


def _words(text: str) -> int:
    return len(text.split())


class _Markdown(HTMLParser):
    """Keeps headings, paragraphs and list items of an HTML page; drops scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "nav", "template"):
            self._skipping += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self.parts.append("\n\n" + "#" * int(tag[1]) + " ")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in ("p", "div", "section", "article", "tr", "br", "table", "ul", "ol"):
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "nav", "template"):
            self._skipping = max(0, self._skipping - 1)
        elif tag in ("p", "li") or re.fullmatch(r"h[1-6]", tag):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.parts.append(re.sub(r"\s+", " ", data))


def _html_to_markdown(text: str) -> str:
    parser = _Markdown()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)
