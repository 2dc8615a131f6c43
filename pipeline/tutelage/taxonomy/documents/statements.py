"""What a document states, one by one: its sentences, list items and table cells.

Each can be said by itself: a list item takes what introduces its list, a table cell its row and
column, a sentence that points back (`It ...`) the sentence before it, and what stands under a
heading that others have too (`Added`, `Ingredients`) that heading with the one above it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

import regex

from tutelage.core.digests import digest
from tutelage.core.language.question_marks import ends_sentence, is_question
from tutelage.core.language.sentences import sentences
from tutelage.core.text import content_stems, words
from tutelage.taxonomy.documents.back_references import BackReferences
from tutelage.taxonomy.documents.blocks import Block
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.parallel_sections import LABEL, ParallelSections
from tutelage.taxonomy.documents.passages import document_blocks
from tutelage.taxonomy.documents.table_records import Record, table_records

_NUMBERING = regex.compile(
    r"\(?(?:\p{N}+(?:\.\p{N}+)+[.)]?(?=\s+\P{Ll})|\p{N}+[.)]|\(?\w\)|\(\p{N}+\))[.)]?\s+"
)
"""The number of a clause; before a small letter it is an amount (`1.2 litres`)."""
_LABEL_WORDS = 4
"""Words of a label that begins an entry of several lines, at most."""
_NEXT = regex.compile(r"(?<=[;,])\s+(?:and|or|und|oder|et|ou|y|o|e|en|of)$", regex.IGNORECASE)
"""What leads to the next item of a list: `; or`."""
_CLAUSE_WORDS = 6
"""Words of a clause between semicolons that can be a statement, at least."""
_INTRODUCES = 12
"""Words of a line that ends with a colon and only introduces what follows, at most."""
_TELLING = 2
"""Content words of a sentence that says something by itself, at least."""
_CHAIN_WORDS = 40
"""Words of two sentences that lead to a third one, at most."""


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
    row: str = ""
    """The name of the table's row that it is, and of the columns that the row has something in."""
    columns: tuple[str, ...] = ()

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
    parts = list(document_blocks(document))
    reader = _Reader(BackReferences(document.text), ParallelSections.of(parts))
    for block, after in zip_longest(parts, parts[1:]):
        for lead, said in reader.read(block, after is not None and after.kind == "item"):
            record = said if isinstance(said, Record) else Record(said, "", ())
            name = f"statement:{digest(document.name, block.headings, lead, record.text)[:12]}"
            one = Statement(name, document.name, block.headings, record.text, lead)
            found.setdefault(name, replace(one, row=record.row, columns=record.columns))
    return list(found.values())


@dataclass(slots=True)
class _Reader:
    """Reads the blocks of a document; what was said before decides what must be said again."""

    references: BackReferences
    parallel: ParallelSections
    headings: tuple[str, ...] = ()
    introduction: str = ""
    """The line before a list that introduces its items."""
    before: str = ""
    """The sentence before, under the same headings, and what it was led by."""
    before_lead: str = ""
    named: str = ""
    """The last sentence under the same headings that has a name in it."""

    def read(self, block: Block, before_items: bool) -> Iterator[tuple[str, str | Record]]:
        """Lead and text of each statement of a block; what items will say with it is none."""
        if block.headings != self.headings:
            self.headings, self.introduction = block.headings, ""
            self.before = self.before_lead = self.named = ""
        if block.kind != "item":
            self.introduction = ""
        section = self._section()
        label = section if not section or is_question(section) else f"{section}:"
        if block.kind == "table":
            lead = label if self.headings in self.parallel.paths else ""
            for record in table_records(block.text):
                yield lead, replace(record, text=_closed(record.text))
        elif block.kind == "code":
            yield label, block.text
        elif block.kind == "item":
            if not (block.number and self.references.points_back(block.text)):
                self.before = ""  # only a step goes on from the one before it
            introduction = self._around(block) or self.introduction
            is_led = bool(introduction) or is_question(section)
            yield from self._prose([block.text], introduction or label, is_led, is_item=True)
        else:
            text = block.text
            if text.rstrip().endswith(":"):
                *said, last = sentences(text)
                self.introduction = self._introduction(_unnumbered(last), section)
                text = " ".join(said) if before_items else text
            yield from self._prose(_lines(text), label, is_question(section), is_item=False)

    def _section(self) -> str:
        """The nearest heading below the title, after the one above it where several have it."""
        if len(self.headings) < 2:
            return ""
        above, own = self.headings[-2:]
        return f"{above}, {own}" if self.headings[:-1] in self.parallel.paths else own

    def _introduction(self, text: str, section: str) -> str:
        """What introduces a list, after its heading where lists under others have the same."""
        is_shared = section and text.rstrip(":") in self.parallel.names
        return f"{section}, {text}" if is_shared else text

    def _around(self, block: Block) -> str:
        """The item that a list inside a list stands under, as what introduces it."""
        if not block.under:
            return ""
        text = _unnumbered(list(sentences(block.under))[-1])
        return text if ends_sentence(text) else f"{text.rstrip(':,;')}:"

    def _prose(
        self, parts: Iterable[str], label: str, is_led: bool, *, is_item: bool
    ) -> Iterator[tuple[str, str]]:
        """The sentences of parts of a block; the first one may need the label, and of an item that
        is led by something has it."""
        for part in parts:
            first = label
            for place, sentence in enumerate(sentences(part)):
                whole = _unnumbered(sentence) if not place else sentence
                clauses = [whole] if first and is_item else _clauses(whole)
                for number, text in enumerate(clauses):
                    if text.endswith(":") and len(text.split()) <= _INTRODUCES:
                        continue
                    if number:
                        lead = self.before if self.references.clause_leans(text) else ""
                    else:
                        lead = self._lead(text, first, is_led, is_item)
                    yield lead, _closed(text)
                    self._remember(_closed(text), lead)
                    first = ""

    def _remember(self, text: str, lead: str) -> None:
        self.before, self.before_lead = text, lead
        if self.references.has_name(text):
            self.named = text

    def _lead(self, text: str, label: str, is_led: bool, is_item: bool) -> str:
        """What a sentence needs to have said before it; `label` is empty but for a first one."""
        short, points = len(content_stems(text)) < _TELLING, self.references.points_back(text)
        if self.before and points and (is_item or not label or not is_led):
            return self._pointed_at(text)
        if label and (is_led if is_item else is_led and not self.before):
            return label
        if label and (self._is_repeated(text) or (is_item and (short or _is_fragment(text)))):
            return label
        if short:
            return self._pointed_at(text) if self.before else label
        return "" if label else self._own_section(text)

    def _own_section(self, text: str) -> str:
        """The heading of a section that is built like others, where a text does not name it."""
        section = self._section() if self.headings in self.parallel.paths else ""
        if not section or set(content_stems(section)) & set(content_stems(text)):
            return ""
        return section if is_question(section) else f"{section}:"

    def _is_repeated(self, text: str) -> bool:
        """Whether what a text stands under, or its own label, is found under other headings too."""
        found = LABEL.match(text)
        is_shared = found is not None and found["label"] in self.parallel.names
        return is_shared or self.headings in self.parallel.paths

    def _pointed_at(self, text: str) -> str:
        """The sentence before, with what it needs itself, or the last one with somebody's name."""
        if self.before_lead and _first(text) == _first(self.before):
            return self.before_lead  # `It ... It ...` is about the same thing
        if self.references.is_about_person(text) and not self.references.has_person(self.before):
            return self.named or self.before
        chain = f"{self.before_lead} {self.before}".strip()
        return chain if len(chain.split()) <= _CHAIN_WORDS else self.before


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
    """A paragraph as one text, or its entries where it is a list of them (`Name: value`)."""
    lines = [line for line in text.split("\n") if line.strip()]
    if any(line.startswith(": ") for line in lines[1:]):
        return _definitions(lines)
    labels = [found["label"] if (found := LABEL.match(line)) else "" for line in lines]
    if len(lines) > 1 and all(labels):
        return lines
    is_first = [0 < len(label.split()) <= _LABEL_WORDS for label in labels]
    if not lines or not is_first[0] or sum(is_first) < 2:
        return [text]
    entries: list[str] = []
    for line, begins in zip(lines, is_first, strict=True):
        entries = [*entries, line] if begins else [*entries[:-1], f"{entries[-1]} {line}"]
    return entries


def _definitions(lines: Iterable[str]) -> list[str]:
    """`term: definition` of each line after a term that begins with a colon."""
    term, entries = "", list[str]()
    for line in lines:
        if line.startswith(": "):
            entries.append(f"{term}{line}")
        else:
            term = line.strip()
    return entries


def _unnumbered(text: str) -> str:
    found = _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def _closed(text: str) -> str:
    """A text as a sentence, without what leads from it to the next item."""
    return text if ends_sentence(text) else f"{_NEXT.sub('', text).rstrip(',;:')}."
