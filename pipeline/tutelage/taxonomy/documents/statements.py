"""What a document states, one by one: its sentences, list items and table cells.

Each can be said by itself: a list item takes what introduces its list, a table cell its row and
column, and a sentence that points back (`It ...`) the sentence before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from tutelage.core.digests import digest
from tutelage.core.language.question_marks import ends_sentence, is_question
from tutelage.core.language.sentences import sentences
from tutelage.core.text import content_stems, words
from tutelage.taxonomy.documents.blocks import Block
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import document_blocks
from tutelage.taxonomy.documents.table_records import table_records

_POINTS_BACK = frozenset(
    [
        "it",
        "they",
        "he",
        "she",
        "this",
        "these",
        "those",
        "both",
        "its",
        "their",
        "his",
        "her",
        "such",
        "there",
        "then",
        "that",
        "here",
        "otherwise",
        "one",
        "we",
        "them",
        "him",
    ]
)
"""English words with which a sentence begins that leans on the one before it."""
_NUMBERING = regex.compile(r"\(?(?:\p{N}+(?:\.\p{N}+)+|\p{N}+[.)]|\(?\w\)|\(\p{N}+\))[.)]?\s+")
_LABEL = regex.compile(r"[\p{Lu}\p{N}][^.!?:]{0,60}: \S")
_INTRODUCES = 12
"""Words of a line that ends with a colon and only introduces what follows, at most."""
_TELLING = 2
"""Content words of a sentence that says something by itself, at least."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a document states.

    `text` is as it stands there, but for numbering and a closing full stop; `lead` is what must be
    said before it to understand it: a label, or the sentence before.
    """

    id: str
    document: str
    headings: tuple[str, ...]
    text: str
    lead: str = ""

    @property
    def spoken(self) -> str:
        """The statement as it can be said by itself."""
        return f"{self.lead} {self.text}".strip()

    @property
    def title(self) -> str:
        """The document's title, or its name where it has none."""
        return self.headings[0] if self.headings else self.document.rpartition("/")[2]


def statements(document: Document) -> list[Statement]:
    """All that a document states, in its order; what is said twice under a heading, once."""
    found: dict[str, Statement] = {}
    introduction, under = "", tuple[str, ...]()
    for block in document_blocks(document):
        if block.kind != "item" or block.headings != under:
            introduction, under = "", block.headings
        for lead, text in _stated(block, introduction):
            name = f"statement:{digest(document.name, block.headings, lead, text)[:12]}"
            found.setdefault(name, Statement(name, document.name, block.headings, text, lead))
        if block.kind == "paragraph" and block.text.rstrip().endswith(":"):
            introduction = list(sentences(block.text))[-1]
    return list(found.values())


def _stated(block: Block, introduction: str) -> Iterator[tuple[str, str]]:
    """Lead and text of each statement of a block."""
    section = block.headings[-1] if len(block.headings) > 1 else ""
    if block.kind == "table":
        for record in table_records(block.text):
            yield f"{section}:" if section else "", _closed(record)
    elif block.kind == "code":
        yield f"{section}:" if section else "", block.text
    elif block.kind == "item":
        label = introduction or (f"{section}:" if section else "")
        yield from _prose([_unnumbered(block.text)], section, label)
    else:
        yield from _prose(_lines(block.text), section, "")


def _prose(parts: Iterable[str], section: str, label: str) -> Iterator[tuple[str, str]]:
    """The sentences of parts of a block; the first one of an item has its label."""
    for part in parts:
        before = ""
        for sentence in sentences(part):
            text = _unnumbered(sentence)
            if text.endswith(":") and len(text.split()) <= _INTRODUCES:
                continue
            yield _lead(text, before, section, label), _closed(text)
            before, label = text, ""
        section = "" if is_question(section) else section


def _lead(text: str, before: str, section: str, label: str) -> str:
    """What a sentence needs to have said before it."""
    first = next(iter(words(text)), "")
    if before:
        short = len(content_stems(text)) < _TELLING
        return before if first in _POINTS_BACK or short else ""
    if is_question(section):
        return section
    is_fragment = not ends_sentence(text) or len(content_stems(text)) < _TELLING
    return label if is_fragment or (label.endswith(":") and not label.startswith(section)) else ""


def _lines(text: str) -> list[str]:
    """A paragraph as one text, or its lines where each is an entry of its own (`Name: value`)."""
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) > 1 and all(map(_LABEL.match, lines)) else [text]


def _unnumbered(text: str) -> str:
    found = _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def _closed(text: str) -> str:
    return text if ends_sentence(text) else f"{text.rstrip(',;')}."
