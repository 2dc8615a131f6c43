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

_PRONOUNS = frozenset(["it", "they", "he", "she", "its", "their", "his", "her", "them", "him"])
_POINTS_BACK = _PRONOUNS | frozenset(
    ["this", "these", "those", "both", "such", "there", "then", "that", "here", "otherwise", "one"]
)
"""English words with which a sentence begins that leans on the one before it."""
_NUMBERING = regex.compile(r"\(?(?:\p{N}+(?:\.\p{N}+)+|\p{N}+[.)]|\(?\w\)|\(\p{N}+\))[.)]?\s+")
_LABEL = regex.compile(r"[\p{Lu}\p{N}][^.!?:]{0,60}: \S")
_CLAUSE_WORDS = 6
"""Words of a clause between semicolons that can be a statement, at least."""
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
    reader = _Reader()
    for block in document_blocks(document):
        for lead, text in reader.read(block):
            name = f"statement:{digest(document.name, block.headings, lead, text)[:12]}"
            found.setdefault(name, Statement(name, document.name, block.headings, text, lead))
    return list(found.values())


@dataclass(slots=True)
class _Reader:
    """Reads the blocks of a document; what was said before decides what must be said again."""

    headings: tuple[str, ...] = ()
    introduction: str = ""
    """The line before a list that introduces its items."""
    before: str = ""
    """The sentence before, under the same headings, and what it was led by."""
    before_lead: str = ""

    def read(self, block: Block) -> Iterator[tuple[str, str]]:
        """Lead and text of each statement of a block."""
        if block.headings != self.headings:
            self.headings, self.introduction, self.before = block.headings, "", ""
        if block.kind != "item":
            self.introduction = ""
        section = block.headings[-1] if len(block.headings) > 1 else ""
        label = f"{section}:" if section else ""
        if block.kind == "table":
            yield from (("", _closed(record)) for record in table_records(block.text))
        elif block.kind == "code":
            yield label, block.text
        elif block.kind == "item":
            self.before = ""
            yield from self._prose([block.text], "", self.introduction or label)
        else:
            yield from self._prose(_lines(block.text), section, "")
        if block.kind == "paragraph" and block.text.rstrip().endswith(":"):
            self.introduction = list(sentences(block.text))[-1]

    def _prose(self, parts: Iterable[str], section: str, label: str) -> Iterator[tuple[str, str]]:
        """The sentences of parts of a block; the first one of an item has its label."""
        for part in parts:
            for sentence in sentences(part):
                whole = _unnumbered(sentence)
                clauses = [whole] if label else _clauses(whole)
                for number, text in enumerate(clauses):
                    if text.endswith(":") and len(text.split()) <= _INTRODUCES:
                        continue
                    lead = self._clause_lead(text) if number else self._lead(text, section, label)
                    yield lead, _closed(text)
                    self.before, self.before_lead, label = _closed(text), lead, ""

    def _clause_lead(self, text: str) -> str:
        """What a clause after a semicolon needs: the one before, where it points back at all."""
        return self.before if _PRONOUNS & set(words(text)) else ""

    def _lead(self, text: str, section: str, label: str) -> str:
        """What a sentence needs to have said before it."""
        first, short = _first(text), len(content_stems(text)) < _TELLING
        if not self.before and is_question(section):
            return section
        if label and (self.introduction or short or _is_fragment(text)):
            return label
        if not self.before or not (short or first in _POINTS_BACK):
            return ""
        # `It ... It ...` is about the same thing: what the first one leans on serves both.
        return (
            self.before_lead if self.before_lead and first == _first(self.before) else self.before
        )


def _is_fragment(text: str) -> bool:
    """Whether a text is neither a sentence nor an entry under a name of its own (`Ana: cook`)."""
    return not ends_sentence(text) and ": " not in text


def _clauses(sentence: str) -> list[str]:
    """The main clauses that semicolons part, where each is long enough to be one."""
    first, *others = sentence.split("; ")
    if ": " in sentence or any(len(clause.split()) < _CLAUSE_WORDS for clause in (first, *others)):
        return [sentence]
    return [first, *(f"{clause[:1].upper()}{clause[1:]}" for clause in others)]


def _first(text: str) -> str:
    return next(iter(words(text)), "")


def _lines(text: str) -> list[str]:
    """A paragraph as one text, or its lines where each is an entry of its own (`Name: value`)."""
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) > 1 and all(map(_LABEL.match, lines)) else [text]


def _unnumbered(text: str) -> str:
    found = _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def _closed(text: str) -> str:
    return text if ends_sentence(text) else f"{text.rstrip(',;')}."
