"""Topics: macro topics, their subtopics, then prompts of several kinds about each.

Nemotron-4 340B (arXiv:2406.11704, section 3.2.1), kept to one leaf: topics are those of the leaf's
task. A share of the prompts carries a checkable constraint, which the row keeps as its `verify`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from tutelage.core.artifacts import Row
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.core.fences import unfenced
from tutelage.core.language.language_guess import language_of
from tutelage.core.text import content_stems, plain, words
from tutelage.generation.answers import whole_sentences
from tutelage.generation.constraints import (
    WORDS_NEEDED,
    Constraint,
    ConstraintKind,
    constraint,
)
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.session import (
    GenerationSession,
    RequestCoroutine,
    RequestRate,
    batch_cells,
    parse_numbered_list,
)
from tutelage.generation.shots import Shot, request_of, shots_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request, unusable
from tutelage.taxonomy.attribute_grid import Cell
from tutelage.taxonomy.leaf import Kind, Leaf

PromptKind = Literal["open_question", "writing", "closed_question", "math", "coding"]
_TOPIC_TOKENS = 16
"""Of the name of a topic."""
_SHOWN = 3
"""Seeds in a prompt."""


class Topics(InstructionMethod):
    """Prompts about the subtopics of a leaf's topics (Nemotron-4 340B, arXiv:2406.11704)."""

    uses_grid: ClassVar[bool] = True
    leaf_kinds: ClassVar[tuple[Kind, ...]] = ("foundational", "compositional")

    prompts: list[PromptKind] = Field(["open_question", "writing", "closed_question"], min_length=1)
    """Kinds of prompts, covered evenly; a `closed_question` is about a text that the teacher writes
    first."""
    topics: int = Field(6, gt=0)
    """Macro topics of a leaf's task."""
    subtopics: int = Field(4, gt=0)
    """Subtopics of each."""
    constrained: float = Field(0.0, ge=0, le=1)
    """Share of the prompts that carry a constraint, in English; of leaves that demand nothing of
    their answers."""
    constraints: list[ConstraintKind] = Field(
        ["max_words", "sentences", "bullets", "keyword", "without_word"], min_length=1
    )
    """Which constraints; keywords are content words of the leaf's seeds. `language` wants an answer
    in another language than the prompt."""
    topic_template: TemplateFile = "topic_list"
    """Prompt that asks for topics."""
    template: TemplateFile = "topic_instruction"
    """Prompt that asks for a prompt about a subtopic."""
    text_template: TemplateFile = "topic_text"
    """Prompt that asks for the text of closed questions."""

    @property
    def rows_demand(self) -> bool:
        """Where some carry a constraint."""
        return self.constrained > 0

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "TopicPrompts":
        """The writer of a leaf."""
        return TopicPrompts(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try the templates; raises TaxonomyError where constraints cannot be used."""
        super().check(settings, leaf)
        seeds = [seed.question for seed in leaf.seeds]
        shown = _shown(leaf, shots_of(leaf))
        topic_prompt(self.topic_template, "A task.", None, 2)
        kind_prompt(self.template, self.prompts[0], "A task.", "tides", shown, "", {}, 1)
        text_prompt(self.text_template, "A task.", "tides")
        if self.constrained and language_of(" ".join(seeds)) not in ("en", ""):
            raise TaxonomyError(
                f"{at(leaf.file, 'seed_examples')}: `constrained` puts English sentences into "
                "prompts, but the seeds are in another language; set it to 0, or leave this leaf "
                "to another stage (`leaves:`)"
            )
        if self.constrained and leaf.verify:
            raise TaxonomyError(
                f"{at(leaf.file, 'verify')}: the leaf demands a form of its answers already, which "
                "a constraint would contradict; set `constrained` to 0, or leave this leaf to "
                "another stage (`leaves:`)"
            )

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """A prompt, and a text for those that are closed questions; topics are asked for once."""
        wanted = (leaf.samples or 40) / settings.per_request
        closed = ("closed_question" in self.prompts) / len(self.prompts)
        return [
            RequestRate(settings.per_request * settings.max_tokens, 1 / settings.per_request),
            RequestRate(settings.context_tokens, closed / settings.per_request),
            RequestRate(self.subtopics * _TOPIC_TOKENS, (self.topics + 1) / wanted),
        ]


class _TopicRequest(NamedTuple):
    """A request for prompts of a kind about a topic, with the text that came first."""

    request: Request
    kind: PromptKind
    wanted: int
    topic: str
    text: Completion | None
    attributes: Cell


@dataclass
class TopicPrompts(PromptWriter):
    """Writes prompts; a cell is a kind of prompt."""

    settings: Topics = field(default_factory=Topics)
    _topics: list[tuple[str, str, list[Completion]]] = field(default_factory=list)
    """Subtopics with the topic of each and the answers that named them."""

    @property
    def cells(self) -> Sequence[str]:
        """The kinds."""
        return self.settings.prompts

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A prompt for each time a kind is named, each about the next subtopic."""
        rows: list[Row] = []
        if not self._topics:
            yield from self._find_topics(rows)
        if not self._topics:
            return rows
        asked = yield from self._requests(cells, rows)
        answers = yield [one.request for one in asked]
        for one in asked:
            rows += self._rows(one, answers[one.request.id])
        return rows

    def _find_topics(self, rows: list[Row]) -> RequestCoroutine[None]:
        """Macro topics, then the subtopics of each, without repetitions."""
        settings, seen = self.settings, set[str]()
        macro = yield from self._listed([None], settings.topics, rows, seen)
        found = yield from self._listed(macro, settings.subtopics, rows, seen)
        self._topics = found or macro
        self.draw("topics").shuffle(self._topics)

    def _listed(
        self,
        above: Sequence[tuple[str, str, list[Completion]] | None],
        count: int,
        rows: list[Row],
        seen: set[str],
    ) -> RequestCoroutine[list[tuple[str, str, list[Completion]]]]:
        asked = []
        for one in above:
            prompt = topic_prompt(
                self.settings.topic_template, self.task, one[0] if one else None, count
            )
            asked.append((self.ask(prompt, count * _TOPIC_TOKENS, "topics", whole=False), one))
        answers = yield [request for request, _ in asked]
        found = []
        for request, one in asked:
            answer = answers[request.id]
            for text, reason in parse_numbered_list(answer, count):
                topic = text.partition("\n")[0].strip(" .*:")
                if reason:
                    row = self.desk.row(self.leaf.path, "", [answer], self._parents)
                    rows.append(row | {"cell": self.cells[0], "reason": f"topics {reason}"})
                elif any(map(str.isalpha, topic)) and plain(topic) not in seen:
                    seen.add(plain(topic))
                    led = [*(one[2] if one else []), answer]
                    found.append((topic, one[0] if one else "", led))
        return found

    def _requests(
        self, cells: Sequence[str], rows: list[Row]
    ) -> RequestCoroutine[list[_TopicRequest]]:
        """Requests for prompts; a text that cannot be used becomes a rejected row."""
        settings, size = self.settings, self.desk.settings.per_request
        wanted = []
        for cell, count in batch_cells(cells, size):
            n = self.turn()
            topic, _, led = self._topics[n % len(self._topics)]
            text = self._text_request(topic) if cell == "closed_question" else None
            wanted.append((cell, count, topic, led, self.attribute_cell(n), text))
        texts = [text for *_, text in wanted if text]
        answers = (yield texts) if texts else {}
        asked = []
        for cell, count, topic, led, attributes, about in wanted:
            written = _whole(answers[about.id]) if about else None
            if written and (reason := unusable(written)):
                row = self.desk.row(self.leaf.path, "", [*led, written], self._parents)
                rows.append(row | {"cell": cell, "reason": f"text {reason}"})
                continue
            shown = unfenced(written.text) if written else ""
            prompt = kind_prompt(
                *(settings.template, cell, self.task, topic),
                *(_shown(self.leaf, self.shots), shown, attributes, count),
            )
            most = count * self.desk.settings.max_tokens
            request = self.ask(prompt, most, cell, whole=count == 1)
            one = _TopicRequest(request, cell, count, topic, written, attributes)  # type: ignore[arg-type]
            asked.append(one)
        return asked

    def _text_request(self, topic: str) -> Request:
        prompt = text_prompt(self.settings.text_template, self.task, topic)
        return self.ask(prompt, self.desk.settings.context_tokens, "text", whole=False)

    def _rows(self, one: _TopicRequest, answer: Completion) -> list[Row]:
        topic, above, led = next(found for found in self._topics if found[0] == one.topic)
        led = [*led, one.text, answer] if one.text else [*led, answer]
        more: Row = {"cell": one.kind, "topic": f"{above} > {topic}" if above else topic}
        more |= {"attributes": one.attributes}
        more |= {"context": unfenced(one.text.text)} if one.text else {}
        return [self._constrained(row) for row in self.rows(led, one.wanted, self._parents, more)]

    def _constrained(self, row: Row) -> Row:
        """A share of the rows with a constraint, in the prompt and as the row's own demand."""
        draw = self.draw("constraint", row["id"])
        if "reason" in row or draw.random() >= self.settings.constrained:
            return row
        held = len(self._keywords)
        kinds = [k for k in self.settings.constraints if WORDS_NEEDED.get(k, 0) <= held]
        if not kinds:
            return row
        chosen: Constraint = constraint(draw.choice(kinds), draw, self._keywords)
        asked = f"{row['prompt'][0]['content']}\n{chosen.words}"
        return row | {
            "prompt": [{"role": "user", "content": asked}],
            "verify": [chosen.demand],
        }

    @cached_property
    def _keywords(self) -> list[str]:
        """Content words of the leaf's seed answers, in their order."""
        said = " ".join(seed.answer for seed in self.leaf.seeds)
        found = (word for word in words(said) if word.isalpha() and content_stems(word))
        return list(dict.fromkeys(found))

    @property
    def _parents(self) -> list[str]:
        return [shot.seed for shot in self.shots[:_SHOWN]]


def topic_prompt(template: str, task: str, topic: str | None, count: int) -> tuple[Message, ...]:
    """Asks for topics of a task, or for the subtopics of one."""
    return render(template, task=task, topic=topic, count=count)


def kind_prompt(
    template: str,
    kind: str,
    task: str,
    topic: str,
    shots: Sequence[Mapping[str, Any]],
    text: str,
    attributes: Cell,
    count: int,
) -> tuple[Message, ...]:
    """Asks for `count` prompts of a kind about a topic, and about a text where there is one."""
    return render(
        template,
        kind=kind,
        task=task,
        topic=topic,
        shots=list(shots),
        text=text,
        attributes=attributes,
        count=count,
    )


def text_prompt(template: str, task: str, topic: str) -> tuple[Message, ...]:
    """Asks for a text on a topic."""
    return render(template, task=task, topic=topic)


def _shown(leaf: Leaf, shots: Sequence[Shot]) -> list[dict[str, Any]]:
    """Seeds as the prompt shows them."""
    return [
        {"request": request_of(leaf, one), "attributes": one.attributes} for one in shots[:_SHOWN]
    ]


def _whole(answer: Completion) -> Completion:
    """A text that was cut, up to its last sentence where it has one."""
    text = whole_sentences(unfenced(answer.text))
    cut = answer.finish_reason == "length"
    return replace(answer, text=text, finish_reason="stop") if cut and text else answer
