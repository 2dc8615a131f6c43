"""The form of a `qna.yaml`: InstructLab's keys, with and without `version`, then ours."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from tutelage.core.config import Strict
from tutelage.taxonomy.attribute_form import AttributeForm

_TEXTS = ("created_by", "task_description", "domain", "document_outline", "document", "attributes")
_TEXTS_OF_EXAMPLE = (
    "question",
    "answer",
    "context",
    "accept",
    "attributes",
    "written_by",
    "approved_by",
    "source",
)
_LIST, _FORM = TAGS = ("list of values", "form of an attribute")
"""How attributes are written; pydantic puts these into the place of what is wrong."""
_READ_AS = ("int", "float", "bool")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


Origin = Literal["drafted", "approved", "edited", "person"]


AttributeValues = Annotated[
    Annotated[list[Text], Field(min_length=1), Tag("list of values")]
    | Annotated[AttributeForm, Tag("form of an attribute")],
    Discriminator(lambda given: _FORM if isinstance(given, dict | AttributeForm) else _LIST),
]
"""A plain list of values, or a form with more."""


class Authored(Strict):
    """An example with its author; blank texts are still to be filled in."""

    origin: Origin | None = None
    """Who wrote it: a model (`drafted`: not used before someone approves it), a model whose draft
    someone `approved` or `edited`, or a `person`, as where nothing stands here."""
    written_by: Text | None = None
    """The model that drafted it."""
    approved_by: Text | None = None
    """Who approved or edited the draft."""
    source: Text | None = None
    """What the documents say about it; for those who approve, in no prompt."""


class QuestionAnswer(Authored):
    """One question with its answer."""

    question: str
    """What a user would ask."""
    answer: str
    """A good answer to it."""


class SeedExample(Authored):
    """A seed of a `qna.yaml`: a question and answer, or a context with several of them."""

    context: str | None = None
    """The passage that the answer rests on."""
    question: str | None = None
    """What a user would ask."""
    answer: str | None = None
    """A good answer to it."""
    questions_and_answers: list[QuestionAnswer] = []
    """Several questions about the `context`, in place of `question` and `answer`."""
    turns: list[QuestionAnswer] = []
    """A conversation, in place of `question` and `answer`: what the stage `converse` goes by. Its
    first turn is an example as any other."""
    attributes: dict[str, Text] = {}
    """Where in the leaf's attribute grid this example stands."""
    attribution: Any = None
    """InstructLab's older note on the origin; read, not used."""


class WantedCall(Strict):
    """The call that a held-out question is answered by."""

    name: Text
    """The tool: one of the leaf's `tools`."""
    arguments: dict[str, Any] = {}
    """Arguments and the values that they must have; others may be given too."""


class HeldOutTurn(Strict):
    """A turn of a held-out conversation: asked after those before it, and scored by itself."""

    question: Text
    """What the user says."""
    answer: Text | None = None
    """A reference answer; the turns after it are asked as if it had been given."""
    accept: list[Text] = []
    """Any one, as whole words and in any case, counts as right."""
    verify: list[dict[str, Any]] = []
    """Or: every verifier passes."""
    tool_call: WantedCall | Literal["none"] | None = None
    """Or: the call that answers it, as for a single question."""


def _turns_suffice(schema: dict[str, Any]) -> None:
    """In editors too, a conversation needs no `question` beside its turns."""
    schema["required"] = [name for name in schema["required"] if name != "question"]
    schema["anyOf"] = [{"required": ["question"]}, {"required": ["turns"]}]


class EvalExampleForm(Authored):
    """A held-out question: never in a prompt, never in training."""

    model_config = ConfigDict(json_schema_extra=_turns_suffice)

    context: Text | None = None
    """A text that the question is about: models are asked with it before the question."""
    question: str
    """What the models are asked."""
    answer: str | None = None
    """A reference answer; counts as right like those under `accept`."""
    accept: list[Text] = []
    """Any one, as whole words and in any case, counts as right."""
    verify: list[dict[str, Any]] = []
    """Or: every verifier passes."""
    tool_call: WantedCall | Literal["none"] | None = None
    """Or: models are shown the leaf's tools, among some of other leaves, and must call this one;
    with `none` they must answer without a call."""
    turns: list[HeldOutTurn] = []
    """A held-out conversation, in place of `question` and `answer`: each turn is scored."""

    @model_validator(mode="before")
    @classmethod
    def _first_question(cls, given: Any) -> Any:
        """The question of the first turn stands for that of the conversation."""
        turns = given.get("turns") if isinstance(given, dict) else None
        if not isinstance(turns, list) or not turns or "question" in given:
            return given
        first = turns[0].get("question") if isinstance(turns[0], dict) else None
        return dict(given) | {"question": first if isinstance(first, str) else ""}


class DocumentSource(Strict):
    """Where a knowledge leaf's documents are: local paths (ours), a repository (InstructLab's).

    With paths given, a repository beside them tells the origin only.
    """

    root: Text | None = None
    """The folder that `path` starts from, as seen from the leaf's, which it is by default. Outside
    of the taxonomy it is read only where the recipe's `documents`, or `--documents`, allows it."""
    path: list[Text] = []
    """Patterns of local files in that folder: `docs/*.md`."""
    sections: list[Text] = []
    """Headings of the documents whose text belongs to this leaf, with all below them; the title of
    a whole document stands for what comes before its first section. All text where not given."""
    repo: Text | None = None
    """A git repository to fetch documents from."""
    commit: Text | None = None
    """The full hash of a commit of it."""
    patterns: list[Text] = []
    """Which of its files: `[guides/*.md]`."""


class QnaFile(Strict):
    """A `qna.yaml` as written: InstructLab's keys, then ours."""

    version: int | None = None
    """InstructLab's version of the form; read, and not needed."""
    created_by: str | None = None
    """Who wrote the leaf."""
    task_description: str | None = None
    """What the leaf is about, in a sentence; prompts show it to the teacher."""
    domain: str | None = None
    """The subject; used where neither of the two describes the leaf."""
    document_outline: str | None = None
    """What the documents are about, in a sentence; used where there is no `task_description`."""
    document: DocumentSource | None = None
    """Documents of a knowledge leaf."""
    seed_examples: list[SeedExample] = []
    """Examples that the teacher is shown."""
    eval_examples: list[EvalExampleForm] = []
    """Held-out questions: never in a prompt, never in training."""
    verify: list[dict[str, Any]] = []
    """Demands on every generated answer of this leaf."""
    attributes: dict[str, AttributeValues] = {}
    """A grid that generation covers: of each attribute a list of values, which are used evenly;
    values with weights (`{often: 3, seldom: 1}`); or `{range: [18, 80], step: 2}`. With `when:
    {other: [value]}` beside `values` or `range`, only where another attribute has such a value."""
    tools: list[str | dict[str, Any]] = []
    """Tools that the stage `tools` lets a teacher call: JSON Schemas of functions, or the names of
    Python files beside this one, whose public functions are run in the sandbox."""
    persona: Literal["precise", "creative"] | None = None
    """How the teacher answers; by default precise for knowledge and foundational skills."""
    samples: int | None = Field(None, gt=0)
    """Accepted rows wanted from this leaf."""


def keep_text(root: yaml.Node) -> None:
    """Make what is meant as text stay as written: `11:30`, `no`, `0042`, a commit of digits.

    YAML would read numbers and truth values. Demands (`verify`) and counts are left to it.
    """
    for key, value in _entries(root):
        if key in _TEXTS:
            _as_text(value)
        for example in _items(value) if key in ("seed_examples", "eval_examples") else ():
            _texts_of(example)


def _texts_of(example: yaml.Node) -> None:
    """Texts of an example, and of the pairs or turns in it."""
    for name, part in _entries(example):
        if name in _TEXTS_OF_EXAMPLE:
            _as_text(part)
        for inner in _items(part) if name in ("questions_and_answers", "turns") else ():
            _texts_of(inner)


def _as_text(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode):
        if node.tag.removeprefix("tag:yaml.org,2002:") in _READ_AS:
            node.tag = "tag:yaml.org,2002:str"
        return
    for part in _items(node):
        _as_text(part)
    for pair in node.value if isinstance(node, yaml.MappingNode) else ():
        for part in pair:
            _as_text(part)


def _entries(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
