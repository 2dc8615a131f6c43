"""How instructions are written: the settings that all flows share, and a leaf's passages."""

from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import Field

from tutelage.core.config import NamedFile, Strict
from tutelage.generation.prompt_templates import template_text
from tutelage.taxonomy.documents.passages import Passage, chunks, split
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_TEMPLATES = (
    "detail_template",
    "skill_template",
    "context_template",
    "grounded_template",
    "pooled_template",
)


class Writing(Strict):
    """How a teacher writes instructions."""

    sampling: Literal["leaf", "pooled"] = "leaf"
    """`leaf` walks every leaf and shows only its own seeds (LAB); `pooled` shows seeds drawn from
    all leaves at once (Self-Instruct, arXiv:2212.10560), for comparison."""
    per_request: int = Field(1, gt=0)
    """Instructions that one request asks for."""
    details_per_passage: int = Field(5, ge=0)
    """Proposals from which the detail of a passage is chosen by majority, before a question is
    asked for it; 0 asks about the passage as a whole."""
    passage_words: int = Field(1, gt=0)
    """Words of a passage, at most; a longer sentence is one of its own, so 1 gives sentences."""
    passage_tokens: int | None = Field(None, gt=0)
    """Take chunks of at most so many of the teacher's tokens instead, cut at headings first."""
    overlap_tokens: int = Field(0, ge=0)
    """Tokens, in whole sentences, that such a chunk repeats of the one before it, at most."""
    questions_per_context: int = Field(3, gt=0)
    """Tasks about each context that the teacher writes for a grounded skill."""
    temperature: float = Field(0.7, ge=0)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(48, gt=0)
    """Tokens of an instruction, at most."""
    context_tokens: int = Field(256, gt=0)
    """Tokens of a written context, at most."""
    leaves: list[str] | None = None
    """Only these leaves, or those in these folders of the taxonomy."""
    detail_template: NamedFile = "knowledge_detail"
    question_template: NamedFile | None = None
    """`knowledge_question` where nothing is given, and without details `lab_question`."""
    skill_template: NamedFile = "skill_instruction"
    context_template: NamedFile = "grounded_context"
    grounded_template: NamedFile = "grounded_instruction"
    pooled_template: NamedFile = "pooled_instruction"

    def texts(self) -> dict[str, str]:
        """The templates' texts, which count for keys in place of their names."""
        texts = {name: template_text(getattr(self, name)) for name in _TEMPLATES}
        return texts | {"question_template": template_text(self.question)}

    @property
    def question(self) -> str:
        """The template that asks for a question."""
        usual = "knowledge_question" if self.details_per_passage else "lab_question"
        return self.question_template or usual

    def chosen(self, taxonomy: Taxonomy) -> list[Leaf]:
        """The leaves to write for; raises TaxonomyError for a name that is none."""
        if self.leaves is None:
            return list(taxonomy.leaves)
        found = []
        for name in self.leaves:
            inside = [leaf for leaf in taxonomy.leaves if leaf.path.startswith(f"{name}/")]
            found += inside or [taxonomy.leaf(name)]
        return found


def passages_of(leaf: Leaf, settings: Writing, count: Callable[[str], int]) -> Iterator[Passage]:
    """The passages of a leaf's documents, whose tokens `count` counts."""
    size, overlap = settings.passage_tokens, settings.overlap_tokens
    for document in leaf.documents:
        if size is None:
            yield from split(document, settings.passage_words)
        else:
            yield from chunks(document, size, overlap, count)
