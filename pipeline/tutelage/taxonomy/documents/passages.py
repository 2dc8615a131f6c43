"""Cutting documents: passages of a few sentences, or chunks of up to so many tokens."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tutelage.core.digests import digest
from tutelage.core.language.sentences import sentences
from tutelage.core.language.token_length import likely_tokens
from tutelage.core.text import count_words
from tutelage.taxonomy.documents.blocks import Block, blocks
from tutelage.taxonomy.documents.bounded_blocks import MOST_TOKENS, Count, bounded, fitting
from tutelage.taxonomy.documents.document import Document


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `headings` leads to it from the document's title."""

    id: str
    document: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is cut no more: a sentence, a table, code; `glue` joins it to the piece before it."""

    text: str
    glue: str
    tokens: int


def split(
    document: Document, max_words: int, most: int = MOST_TOKENS, count: Count = likely_tokens
) -> Iterator[Passage]:
    """Passages of at most `max_words` words, cut between sentences; a longer one stands alone.

    No passage reaches over a paragraph or list item, or has over `most` tokens: a longer table is
    cut between its rows, code between lines, a sentence between words.
    """
    for block in document_blocks(document, most, count):
        held: list[str] = []
        for sentence in _sentences(block):
            longer = [*held, sentence]
            is_over = sum(map(count_words, longer)) > max_words or count(" ".join(longer)) > most
            if held and is_over:
                yield _passage(document, block.headings, " ".join(held))
                held = []
            held.append(sentence)
        if held:
            yield _passage(document, block.headings, " ".join(held))


def chunks(document: Document, size: int, overlap: int, count: Count) -> Iterator[Passage]:
    """Chunks of at most `size` tokens under one heading, each with the end of the one before it.

    Paragraphs and list items are kept whole where they fit; a longer one is cut between sentences,
    a longer sentence between words. A table is cut between its rows, each part with its header, and
    code between its lines. `overlap` is the most tokens, in whole sentences, that a chunk repeats
    of the one before it.
    """
    for headings, section in groupby(document_blocks(document, size, count), _headings):
        for held in _packed(list(_cut(section, size, count)), size, overlap):
            text = held[0].text + "".join(piece.glue + piece.text for piece in held[1:])
            yield _passage(document, headings, text)


def _cut(section: Iterable[Block], size: int, count: Count) -> Iterator[list[_Piece]]:
    """The pieces of each block."""
    before = None
    for block in section:
        glue = "\n" if block.kind == before == "item" else "\n\n"
        found = [part for text in _sentences(block) for part in fitting(text, size, count)]
        if block.kind in ("table", "code"):
            found = [block.text]
        elif block.kind == "item" and not block.number:
            found[0] = f"- {found[0]}"
        glues = [glue] + [" "] * (len(found) - 1)
        yield [_Piece(t, g, count(g + t)) for t, g in zip(found, glues, strict=True)]
        before = block.kind


def _packed(cut: Iterable[Sequence[_Piece]], size: int, overlap: int) -> Iterator[list[_Piece]]:
    """Pieces in groups of at most `size` tokens; a block that fits into one group is not parted."""
    held: list[_Piece] = []
    for pieces in cut:
        whole = _tokens(pieces)
        for number, piece in enumerate(pieces):
            needed = whole if number == 0 and whole <= size else piece.tokens
            if held and _tokens(held) + needed > size:
                yield held
                held = _tail(held, min(overlap, size - needed))
            held.append(piece)
    if held:
        yield held


def _tail(held: Sequence[_Piece], most: int) -> list[_Piece]:
    """The last pieces of a chunk that have at most so many tokens together."""
    start = len(held)
    while start > 1 and _tokens(held[start - 1 :]) <= most:
        start -= 1
    return list(held[start:])


def _tokens(pieces: Iterable[_Piece]) -> int:
    return sum(piece.tokens for piece in pieces)


def _sentences(block: Block) -> list[str]:
    if block.kind in ("table", "code"):
        return [block.text]
    first, *others = sentences(block.text)
    return [f"{block.number} {first}".lstrip(), *others]


def document_blocks(
    document: Document, most: int = MOST_TOKENS, count: Count = likely_tokens
) -> Iterator[Block]:
    """The blocks of a document, none of over `most` tokens; in a .txt file nothing is marked up."""
    is_marked = not document.name.lower().endswith(".txt")
    found = blocks(document.text, marked=is_marked)
    if document.sections:
        found = _chosen(list(found), frozenset(document.sections))
    return bounded(found, most, count)


def _chosen(found: Sequence[Block], sections: frozenset[str]) -> Iterator[Block]:
    """The blocks under some headings; under the title of all blocks, only what is not deeper."""
    titles = {block.headings[0] for block in found if block.headings}
    title = titles.pop() if len(titles) == 1 and all(block.headings for block in found) else None
    for block in found:
        if sections & {name for name in block.headings if name != title} or (
            title in sections and block.headings == (title,)
        ):
            yield block


def _headings(block: Block) -> tuple[str, ...]:
    return block.headings


def _passage(document: Document, headings: tuple[str, ...], text: str) -> Passage:
    name = f"passage:{digest(document.name, headings, text)[:12]}"
    return Passage(name, document.name, headings, text)
