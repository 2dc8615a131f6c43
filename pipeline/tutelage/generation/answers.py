"""Answers to rows' prompts: by a teacher with its leaf's help, or by a student without."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import regex
from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import (
    Row,
    Rows,
    answer_of,
    prompt_of,
    question_of,
    thoughts_of,
    tools_of,
)
from tutelage.core.config import Strict
from tutelage.core.digests import digest
from tutelage.core.errors import RecipeError, RowsError
from tutelage.core.fences import only_fenced
from tutelage.generation import knowledge_prompts as knowledge
from tutelage.generation.answer_schema import (
    OF_LEAF,
    Schema,
    SchemaFile,
    answer_form,
    read_schema,
    schema_of,
)
from tutelage.generation.prompt_templates import TemplateFile
from tutelage.generation.skill_prompts import Skill
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.engine_pool import check_enforces
from tutelage.models.model import Model
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.attribute_grid import Cell
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.ground_truth import Demands, reference_truth
from tutelage.verifiers.verifier import first_failure

_ENDS = regex.compile(r"[.!?…]['\")”’]*(?=\s)|(?![.!?])\p{STerm}[」』”’]*|(?<=\S)(?=\n)")
_WARM = 0.8
"""The temperature at which an answer that failed is asked for again, at least."""
_LONGER = 1.5
"""By how much an answer may be longer than the longest of the leaf's seeds."""
_ANSWERED = (
    *("trace", "verdicts", "messages", "chosen", "rejected", "reasoning"),
    *("before", "principles"),
)
"""What the new answer replaces, with the verdicts on it and how it was rewritten."""


class Answering(Strict):
    """How rows' prompts are answered."""

    help: Literal["examples", "none"] = "examples"
    """What the model sees beside the prompt."""
    persona: Literal["precise", "creative"] | None = None
    """How to answer, where not as each leaf says; for templates that take it, as `lab_answer`."""
    samples: int = Field(1, gt=0)
    """Answers to each prompt."""
    reasoning: bool = False
    """The answer is worked out in steps first, which the column `reasoning` keeps: a model's own
    thoughts, or steps that it is asked for. Attempts that fail the row's truth are rejected."""
    ask_steps: bool = True
    """With `reasoning`, ask for the steps below each question; false for a model that was trained
    to write them, and is asked the question alone."""
    keep: Literal["all", "shortest", "spread"] = "all"
    """With `reasoning`, which right ones of several `samples` are kept: all, the one with the
    shortest steps, or up to four from the shortest to the longest."""
    rationalise: bool = False
    """With `reasoning`, where every attempt fails: ask once more, with the right answer shown, for
    the steps that lead to it (STaR)."""
    tries: int = Field(1, gt=0)
    """How often a teacher is asked, at most, until its answer meets the leaf's demands (`verify`):
    again with other random numbers, at a temperature of 0.8 where it is lower."""
    temperature: float = Field(0.0, ge=0)
    """How freely the model samples; 0 takes the most likely token each time."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the most likely tokens that together have this probability."""
    max_tokens: int = Field(96, gt=0)
    """Tokens of an answer, at most."""
    cut: Literal["reject", "last_sentence"] = "reject"
    """What becomes of an answer that is longer: it is rejected, or ends at its last sentence."""
    json_schema: SchemaFile | None = None
    """A schema that a server must make answers follow: a mapping, a file, or `leaf` for the
    `json_schema` under each leaf's `verify`."""
    knowledge_template: TemplateFile = "knowledge_answer"
    """Prompt that asks for answers of knowledge leaves: a shipped one's name, or a file."""
    sentence_template: TemplateFile = "knowledge_sentence"
    """Prompt that asks for whole sentences, where rows want one (`answer_form: sentence`)."""
    skill_template: TemplateFile = "skill_answer"
    """Prompt that asks for answers of skills."""


@dataclass(slots=True)
class Answers:
    """Answers rows; what follows from a leaf alone is worked out once."""

    context: Context
    model: Model
    settings: Answering
    taxonomy: Taxonomy | None
    _skills: dict[str, Skill] = field(default_factory=dict)
    _given: Schema | None = field(init=False)
    """The schema of all leaves."""
    _schemas: dict[str, Schema | None] = field(default_factory=dict)
    """By leaf, where each has its own."""
    _demands: Demands = field(init=False)
    _forms: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """By leaf, what brings an answer into the form of the leaf's own."""

    def __post_init__(self) -> None:
        self._demands = Demands(self.taxonomy)
        self._given = read_schema(self.settings.json_schema)
        if self.settings.json_schema is not None:
            check_enforces(self.model)
        if self.settings.help == "examples" and self.taxonomy is None:
            raise RowsError("help: examples needs a taxonomy; without one use help: none")
        if self.settings.json_schema == OF_LEAF and self.taxonomy is None:
            raise RowsError("json_schema: leaf needs a taxonomy; without one give a schema")

    def answer(self, rows: Iterable[Row]) -> Rows:
        """The rows with `completion`; rejected are answers that are empty, cut or failed.

        A row that its document answers (`answer_form: statement`) is kept as it is.
        """
        given = list(rows)
        made = self.ask(given)
        return Rows([*self.by_document(given), *made.kept], made.rejected)

    def by_document(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that no model is asked about."""
        return [row for row in rows if self._is_answered(row)]

    def ask(self, rows: Iterable[Row]) -> Rows:
        """The other rows, answered."""
        asked: dict[str, tuple[Row, int, Request]] = {}
        for row in rows:
            if self._is_answered(row):
                continue
            messages = self._messages(row)
            for n in range(self.settings.samples):
                request = self._request(row, n, messages)
                asked[request.id] = (row, n, request)
        answered = self._asked(asked)
        for again in range(1, self.settings.tries):
            failed = [name for name, row in answered.items() if self._fails(row)]
            more = {name: self._again(*asked[name], again) for name in failed}
            better = self._asked(more)
            answered |= {n: row for n, row in better.items() if not self._fails(row)}
        made = Rows([])
        for row in answered.values():
            (made.rejected if "reason" in row else made.kept).append(row)
        return made

    def _is_answered(self, row: Row) -> bool:
        return self.settings.help == "examples" and is_answered(row)

    def _asked(self, asked: dict[str, tuple[Row, int, Request]]) -> dict[str, Row]:
        """The answered rows, by the names given."""
        requests = [request for *_, request in asked.values()]
        answers = self.context.answers(self.model, requests) if requests else {}
        return {
            name: self._row(row, n, answers[request.id])
            for name, (row, n, request) in asked.items()
        }

    def _again(self, row: Row, n: int, request: Request, again: int) -> tuple[Row, int, Request]:
        """The same question once more; `again` counts the tries."""
        seed = self.context.seed_for(row["id"], n, "again", again)
        warm = max(self.settings.temperature, _WARM)
        sampling = replace(request.sampling, temperature=warm, seed=seed)
        return row, n, replace(request, id=f"{request.id}/{again}", sampling=sampling)

    def _fails(self, row: Row) -> bool:
        """Whether a teacher's answer cannot be used, or not by what its leaf demands."""
        if self.settings.help == "none" or self.taxonomy is None:
            return False
        if not (found := self._demands.on(row)):
            return False
        if "reason" in row:
            return True
        return first_failure(found, answer_of(row), row, thoughts_of(row)) is not None

    def _request(self, row: Row, n: int, messages: tuple[Message, ...]) -> Request:
        settings = self.settings
        sampling = Sampling(
            max_tokens=self._allowance(row["leaf"]),
            temperature=settings.temperature,
            top_p=settings.top_p,
            seed=self.context.seed_for(row["id"], n) if settings.temperature else 0,
            schema=self._schema(row["leaf"]),
        )
        whole = settings.cut != "last_sentence"
        tools = tuple(tools_of(row))
        return Request(f"{row['id']}/{n}", messages, sampling, row["leaf"], whole, tools)

    def _allowance(self, path: str) -> int:
        """Tokens of a teacher's answer: as set, or more where a skill's seed answers are longer."""
        most = self.settings.max_tokens
        if self.settings.help == "none" or self.taxonomy is None:
            return most
        leaf = self.taxonomy.leaf(path)
        if leaf.kind == "knowledge":
            return most
        longest = max((estimate_tokens(seed.answer) for seed in leaf.seeds), default=0)
        return max(most, round(_LONGER * longest))

    def _schema(self, path: str) -> Schema | None:
        if self.settings.json_schema != OF_LEAF or self.taxonomy is None:
            return self._given
        if path not in self._schemas:
            self._schemas[path] = schema_of(self.taxonomy.leaf(path))
        return self._schemas[path]

    def _messages(self, row: Row) -> tuple[Message, ...]:
        if self.settings.help == "none" or self.taxonomy is None:
            return tuple(prompt_of(row))
        if (path := row["leaf"]) not in self._skills:
            self._skills[path] = Skill.of(self.taxonomy.leaf(path))
        skill, cell = self._skills[path], row.get("attributes") or {}
        settings = self.settings
        if row.get("answer_form") == "sentence":
            chosen = {"knowledge_template": settings.sentence_template}
            settings = settings.model_copy(update=chosen)
        return prompt_for(skill, settings, question_of(row), row.get("context"), cell)

    def _row(self, row: Row, n: int, answer: Completion) -> Row:
        stage = self.context.stage
        text = self._text(row["leaf"], answer)
        reason = unusable(replace(answer, text=text))
        if answer.finish_reason == "length" and self.settings.cut == "last_sentence":
            text = whole_sentences(text)
            reason = None if text else reason
        made = {name: value for name, value in row.items() if name not in _ANSWERED}
        made |= {
            "id": f"{stage}:{digest(row['id'], stage, n, self.context.seed)[:12]}",
            "parents": [row["id"]],
            "prompt": prompt_of(row),
            "completion": [{"role": "assistant", "content": text}],
            "trace": {"stage": stage, "model": self.model.name, "keys": [answer.key]},
        }
        if self.settings.help == "none":
            if not row.get("prompt_id") and (truth := reference_truth(row)):
                made["answer"] = truth
            made |= {"prompt_id": row["id"], "reference": answer_of(row)}
        elif draft := row.get("extracted_answer"):
            made |= {"completion": [{"role": "assistant", "content": draft}], "alternative": text}
        if answer.reasoning:
            made["reasoning"] = answer.reasoning
        return made | {"reason": reason} if reason else made

    def _text(self, path: str, answer: Completion) -> str:
        """An answer's text; a teacher's, which has the leaf's help, in the form of the leaf's own
        answers."""
        if answer.request.sampling.schema is not None:
            return only_fenced(answer.text)
        text = answer.text.strip()
        if self.settings.help == "examples" and self.taxonomy is not None:
            if path not in self._forms:
                self._forms[path] = answer_form(self.taxonomy.leaf(path))
            text = self._forms[path](text)
        return text.removeprefix("Answer:").strip()  # the examples' label


def is_answered(row: Row) -> bool:
    """Whether the document itself, or an attribute, answers a row, so that no model is asked; a
    plain text needs no answer."""
    return row.get("answer_form") in ("statement", "attribute", "text")


def whole_sentences(text: str) -> str:
    """The text up to its last whole sentence or line; empty where it has none."""
    return text[: max((end.end() for end in _ENDS.finditer(text)), default=0)].strip()


def prompt_for(
    skill: Skill, settings: Answering, question: str, passage: str | None, cell: Cell
) -> tuple[Message, ...]:
    """What a teacher is asked about a question of a leaf."""
    persona = settings.persona or skill.leaf.persona
    if skill.leaf.kind != "knowledge":
        return skill.answer_prompt(settings.skill_template, question, passage, cell, persona)
    template, text = settings.knowledge_template, passage or ""
    return knowledge.answer_prompt(template, skill.task, skill.shots, question, text, persona)


def check_answering(settings: Answering, leaves: Iterable[Leaf]) -> None:
    """Try the schema, and the templates on each kind's first leaf; raises RecipeError."""
    read_schema(settings.json_schema)
    _check_reasoning(settings)
    tried: set[bool] = set()
    for leaf in leaves if settings.help == "examples" else ():
        if (knowing := leaf.kind == "knowledge") not in tried:
            tried.add(knowing)
            prompt_for(Skill.of(leaf), settings, "What is it?", "A text.", leaf.seeds[0].attributes)


def _check_reasoning(settings: Answering) -> None:
    """Raises RecipeError for knobs that need `reasoning`, or that it has no use for."""
    if not settings.reasoning:
        for name, unused in (("keep", "all"), ("rationalise", False), ("ask_steps", True)):
            if getattr(settings, name) != unused:
                raise RecipeError(f"{name}: is about attempts with `reasoning: true`")
        return
    if settings.samples > 1 and not settings.temperature:
        raise RecipeError("samples: attempts at `temperature: 0` are all alike; try 0.8")
    if settings.tries > 1:
        raise RecipeError("tries: with `reasoning` ask for several `samples` instead")
    if settings.json_schema is not None:
        raise RecipeError("json_schema: leaves no room for steps; leave it out with `reasoning`")
