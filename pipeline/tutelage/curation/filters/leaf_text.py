"""What a leaf's documents say, sentence by sentence, and how well a question matches each.

A table is taken row by row, each with its header. Words count by how rare they are in the leaf
(inverse document frequency), so it needs no list of words and holds for any language.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import regex

from tutelage.core.artifacts import Row
from tutelage.core.language.language_guess import language_of
from tutelage.core.language.sentences import sentences
from tutelage.curation.filters.terms import numbers, terms
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.leaf import Leaf, Taxonomy

Terms = frozenset[str]
_RULE = regex.compile(r"[|\s:-]+")
_SPACE = regex.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or row of a table, under its headings."""

    text: str
    """On one line."""
    terms: Terms
    """Of the text, and of a table's header."""
    heading: Terms

    @property
    def all(self) -> Terms:
        """Terms of text and headings."""
        return self.terms | self.heading


@dataclass(slots=True)
class LeafText:
    """The units of a leaf."""

    language: str = "en"
    units: dict[str, Unit] = field(default_factory=dict)
    _frequency: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    """All terms of the leaf: of its documents, task and seeds."""

    @classmethod
    def by_leaf(cls, rows: Iterable[Row], taxonomy: Taxonomy | None) -> dict[str, "LeafText"]:
        """What is known of each leaf that rows are about: its documents, and the rows' passages."""
        leaves = {leaf.path: leaf for leaf in taxonomy.leaves} if taxonomy else {}
        found: dict[str, LeafText] = {}
        for row in rows:
            path = str(row.get("leaf"))
            if row.get("context") and path not in found:
                of_row = cls(language_of(str(row["context"])))
                found[path] = cls.of_leaf(leaves[path]) if path in leaves else of_row
            if row.get("context"):
                found[path].add(str(row["context"]), str(row.get("headings") or ""))
        return found

    @classmethod
    def of_leaf(cls, leaf: Leaf) -> "LeafText":
        """The units of a leaf's documents, and of its seeds' contexts."""
        said = [document.text for document in leaf.documents]
        said += [f"{seed.context or ''}\n{seed.question}\n{seed.answer}" for seed in leaf.seeds]
        found = cls(language_of("\n".join(said)))
        for document in leaf.documents:
            for passage in split(document, 1):
                found.add(passage.text, heading_path(passage.headings))
        for text in (*said, leaf.task_description):
            found.know(text)
        return found

    def add(self, passage: str, heading: str) -> None:
        """Add a passage's units, each once."""
        above = frozenset(self.terms(heading))
        for text, whole in units_of(passage):
            if text not in self.units:
                unit = self.units[text] = self.unit(whole, text, above)
                self._frequency.update(unit.all)
                self.known |= unit.all

    def unit(self, whole: str, text: str, heading: Terms = frozenset()) -> Unit:
        """A sentence or row as it is compared."""
        return Unit(text, frozenset(self.terms(whole)), heading)

    def know(self, text: str) -> None:
        """Add a text's terms to what is known of the leaf."""
        self.known.update(self.terms(text))

    def terms(self, text: str) -> tuple[str, ...]:
        """Words and numbers as terms, in this leaf's language."""
        spoken = (min(forms) for forms in numbers(text, self.language))
        return (*terms(text, self.language), *spoken)

    @property
    def most(self) -> float:
        """The weight of a term that only one unit has."""
        return math.log(max(2, len(self.units)))

    @property
    def capitals_are_names(self) -> bool:
        """Whether a capital inside a sentence marks a name; German nouns have one too."""
        return self.language not in ("de", "lb")

    def is_rare(self, term: str) -> bool:
        """Whether at most a fifth of the units have a term, or one does."""
        return 0 < self._frequency[term] <= max(1.0, len(self.units) / 5)

    def weight(self, shared: Iterable[str]) -> float:
        """How telling some terms are: the sum of the logarithms of one in how many units has
        each."""
        count = len(self.units)
        return sum(math.log(count / self._frequency[t]) for t in shared if self._frequency[t])


def units_of(passage: str) -> Iterator[tuple[str, str]]:
    """The sentences of a passage, a table's rows each with the header: as said, and as compared."""
    header = ""
    for line in map(flat, passage.split("\n")):
        if not line.startswith("|"):
            header = ""
            yield from ((sentence, sentence) for sentence in sentences(line))
        elif not header:
            header = line
        elif not _RULE.fullmatch(line):
            yield line, f"{header} {line}"


def flat(text: str) -> str:
    """The text on one line."""
    return _SPACE.sub(" ", text).strip()
