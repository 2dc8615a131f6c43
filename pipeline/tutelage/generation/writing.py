"""How instructions are written: the settings that all flows share, and a leaf's passages."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from tutelage.generation.leaf_choice import LeafChoice
from tutelage.generation.method_table import MethodSpec
from tutelage.generation.prompt_templates import TemplateFile
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.documents.bounded_blocks import MOST_TOKENS
from tutelage.taxonomy.documents.passages import Passage, chunks, split
from tutelage.taxonomy.leaf import Leaf

AnswerForm = Literal["statement", "sentence", "phrase"]


class Writing(LeafChoice):
    """How a teacher writes instructions."""

    method: MethodSpec | None = None
    """How instructions of every leaf are written, in place of `knowledge` and `skills`: a name, or
    `{name: settings}`. See the [methods](../how-to/methods.md)."""
    knowledge: MethodSpec = "passages"
    """How questions on documents are written: `statements` asks about each statement of them,
    `passages` about passages or a detail of each; or another method, or your own,
    `module:Class`."""
    answers: dict[AnswerForm, NonNegativeFloat] = {"statement": 1.0}
    """What answers questions about statements, in these proportions: the `statement` in the
    document, or what the teacher makes of it, a whole `sentence` or a short `phrase`."""
    skills: MethodSpec = "tasks"
    """How tasks of skill leaves are written: `tasks`, another method, or your own,
    `module:Class`."""
    per_request: int = Field(1, gt=0)
    """Instructions that one request asks for."""
    details_per_passage: int = Field(5, ge=0)
    """How many proposals for the detail of a passage are collected, of which the most frequent is
    asked about; 0 asks about the passage as a whole."""
    detail_tokens: int = Field(12, gt=0)
    """Tokens of such a proposal, at most."""
    passage_words: int = Field(1, gt=0)
    """Words of a passage, at most; a longer sentence is one of its own, so 1 gives sentences."""
    passage_tokens: int | None = Field(None, gt=0)
    """Take chunks of at most so many of the teacher's tokens instead, cut at headings first."""
    longest_passage: int = Field(MOST_TOKENS, gt=0)
    """Tokens of a passage of `passage_words`, at most, whatever the text: a longer table is cut
    between its rows, each part with the header, and a line without sentences between its words."""
    overlap_tokens: int = Field(0, ge=0)
    """Tokens, in whole sentences, that such a chunk repeats of the one before it, at most."""
    questions_per_context: int = Field(3, gt=0)
    """Tasks about each context that the teacher writes for a grounded skill."""
    temperature: float = Field(0.7, ge=0)
    """How freely the teacher samples; 0 takes the most likely token each time."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the most likely tokens that together have this probability."""
    max_tokens: int = Field(48, gt=0)
    """Tokens of an instruction, at most."""
    context_tokens: int = Field(256, gt=0)
    """Tokens of a written context, at most."""
    leaf_difficulty: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """How hard what is asked of a leaf is to be: 0 prefers what is easy, 1 what is hard; 0.5, for a
    leaf that is not named, neither. It shifts how often the values of an attribute `difficulty` are
    used, written from easy to hard, and of `evol` the ways in depth. `tutelage improve` sets it."""
    statement_template: TemplateFile = "statement_question"
    """Prompt that asks for questions about a statement of the documents."""
    detail_template: TemplateFile = "knowledge_detail"
    """Prompt that asks which detail of a passage to ask about: shipped, or a file."""
    question_template: TemplateFile | None = None
    """`knowledge_question` where nothing is given, and without details `lab_question`."""
    skill_template: TemplateFile = "skill_instruction"
    """Prompt that asks for tasks of a skill without contexts."""
    context_template: TemplateFile = "grounded_context"
    """Prompt that asks for a new context of a grounded skill."""
    grounded_template: TemplateFile = "grounded_instruction"
    """Prompt that asks for tasks about a context."""

    @property
    def question(self) -> str:
        """The template that asks for a question."""
        usual = "knowledge_question" if self.details_per_passage else "lab_question"
        return self.question_template or usual

    def level(self, leaf: Leaf) -> float:
        """How hard what is asked of a leaf is to be, from 0 to 1."""
        return self.leaf_difficulty.get(leaf.path, 0.5)


def passages_of(leaf: Leaf, settings: Writing, count: Callable[[str], int]) -> Iterator[Passage]:
    """The passages of a leaf's documents, whose tokens `count` counts."""
    size, overlap = settings.passage_tokens, settings.overlap_tokens
    for document in leaf.documents:
        if size is None:
            yield from split(document, settings.passage_words, settings.longest_passage, count)
        else:
            yield from chunks(document, size, overlap, count)


def passage_sizes(leaf: Leaf, settings: Writing) -> list[int]:
    """About how many tokens each passage of a leaf's documents has."""
    return [
        estimate_tokens(passage.text) for passage in passages_of(leaf, settings, estimate_tokens)
    ]
