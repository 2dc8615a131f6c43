"""What became of each document: pages, passages, tokens, and what was left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from tutelage.core.language.token_length import likely_tokens
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.read_leaf import LeafRead


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One document of a leaf, in figures."""

    leaf: str
    name: str
    pages: int | None
    """Pages, slides or chapters, where the format has them."""
    passages: int
    """As generation cuts it by default: one sentence, list item or part of a table each."""
    tokens: int
    """Of the whole text, estimated."""
    left_out: tuple[str, ...]
    """What is not asked about, on purpose or because it could not be read."""

    def __str__(self) -> str:
        pages = f"{_counted(self.pages, 'page')}, " if self.pages is not None else ""
        figures = f"{pages}{_counted(self.passages, 'passage')}, {self.tokens:,} tokens"
        left_out = f"; left out: {'; '.join(self.left_out)}" if self.left_out else ""
        return f"{self.leaf}: {self.name}: {figures}{left_out}"


def summaries(read: Iterable[LeafRead]) -> tuple[DocumentSummary, ...]:
    """A line for each document of each leaf."""
    leaves = [one.leaf for one in read]
    return tuple(_summary(leaf.path, document) for leaf in leaves for document in leaf.documents)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _summary(leaf: str, document: Document) -> DocumentSummary:
    return DocumentSummary(
        leaf,
        document.name,
        document.pages,
        sum(1 for _ in split(document, 1)),
        likely_tokens(document.text),
        (*document.warnings, *document.left_out),
    )
