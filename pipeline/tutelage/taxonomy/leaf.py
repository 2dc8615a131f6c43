"""What a taxonomy is once it is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tutelage.core.errors import TaxonomyError
from tutelage.core.nearest import nearest
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.qna import Origin
from tutelage.taxonomy.tool import Tool

Kind = Literal["knowledge", "foundational", "compositional"]
ROOTS: dict[str, Kind] = {
    "knowledge": "knowledge",
    "foundational_skills": "foundational",
    "compositional_skills": "compositional",
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an example, and who approved it where a model did."""

    origin: Origin = "person"
    written_by: str = ""
    """The model that drafted it."""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed question and answer, with the passage it rests on where there is one."""

    id: str
    question: str
    answer: str
    context: str | None
    attributes: dict[str, str]
    place: str = ""
    """Its dotted path in the leaf's file."""
    author: Author = Author()
    is_blank: bool = False
    """Whether it stands, in a plan, for what is still to be written."""


@dataclass(frozen=True, slots=True)
class EvalExample:
    """One held-out example of a leaf."""

    id: str
    question: str
    accept: tuple[str, ...]
    verify: tuple[dict[str, Any], ...]
    place: str = ""
    """Its dotted path in the leaf's file."""
    context: str | None = None
    """A text that the question is about."""
    author: Author = Author()
    is_blank: bool = False
    """Whether it stands, in a plan, for what is still to be written."""

    shows_tools: bool = False
    """Whether models are shown tools with it: it is about calling one, or none."""
    earlier: tuple[tuple[str, str], ...] = ()
    """The turns before it: what the user said, and the reference answer."""

    @property
    def request(self) -> str:
        """What models are asked: the question, below its context as in rows of a grounded skill."""
        return f"{self.context}\n\n{self.question}" if self.context else self.question


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """How the values of an attribute are spread over the grid, where not evenly."""

    weights: dict[str, float]
    """By value."""
    when: dict[str, list[str]]
    """Values of other attributes, one of which a cell must have to have this one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the taxonomy; `path` is its folder relative to the taxonomy, with `/`."""

    path: str
    kind: Kind
    file: Path
    task_description: str
    seeds: tuple[Seed, ...]
    eval_examples: tuple[EvalExample, ...]
    documents: tuple[Document, ...]
    verify: tuple[dict[str, Any], ...]
    attributes: dict[str, list[str]]
    persona: Literal["precise", "creative"]
    samples: int | None
    origin: tuple[str, ...] = ()
    """The repository, commit and patterns that its documents are fetched by."""
    tools: tuple[Tool, ...] = ()
    """What a model may call."""
    conversations: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Seeds of several turns: what the user said, and a good answer."""
    attribute_rules: dict[str, AttributeRule] = field(default_factory=dict)
    """By name, of attributes that are more than a list of values."""
    unavailable: str = ""
    """Why its documents are not available and what to do; such a leaf can still be evaluated."""
    waiting: int = 0
    """Drafts of a model that nobody has approved, and which are not used."""

    def request(self, seed: Seed) -> str:
        """A seed's question as rows of the leaf ask it: a grounded skill's, below its context."""
        grounded = seed.context and self.kind != "knowledge"
        return f"{seed.context}\n\n{seed.question}" if grounded else seed.question

    def secret(self, example: EvalExample) -> str:
        """What of a held-out example no training row may ask.

        The question of a skill (`Summarise this.`) is that of its rows too, so it is one only with
        its context; a question about a document is one by itself.
        """
        return example.question if self.kind == "knowledge" else example.request

    @property
    def unshown(self) -> str:
        """Why its seeds do not show how a passage is asked about, and what to do; mostly empty."""
        if self.kind != "knowledge" or not self.seeds or any(seed.context for seed in self.seeds):
            return ""
        return (
            "no seed has a `context`, the passage that its answer stands in: add it beside"
            " `question`, copied from the document (InstructLab's older form left it out)"
        )


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All leaves, ordered by path; `digest` covers their content, held-out examples included."""

    folder: Path
    leaves: tuple[Leaf, ...]
    digest: str
    unfinished: tuple[str, ...] = ()
    """What is still to be filled in or approved; only a plan reads a taxonomy that is so."""
    documents: tuple[Path, ...] = ()
    """Folders outside of it that it was allowed to read documents from."""

    @property
    def tasks(self) -> dict[str, str]:
        """What each leaf is about, by its path."""
        return {leaf.path: leaf.task_description for leaf in self.leaves}

    def leaf(self, path: str) -> Leaf:
        """The leaf at a path; raises TaxonomyError with the nearest one."""
        for leaf in self.leaves:
            if leaf.path == path:
                return leaf
        hint = nearest(path, [leaf.path for leaf in self.leaves])
        raise TaxonomyError(f"{self.folder}: no leaf '{path}'{hint}")

    def within(self, names: Iterable[str] | None) -> list[Leaf]:
        """The leaves of these paths and in these folders, without names all of them.

        Raises TaxonomyError for a name that is no leaf or folder.
        """
        if names is None:
            return list(self.leaves)
        found: dict[str, Leaf] = {}
        for name in names:
            inside = [leaf for leaf in self.leaves if leaf.path.startswith(f"{name.rstrip('/')}/")]
            found |= {leaf.path: leaf for leaf in inside or [self.leaf(name)]}
        return list(found.values())
