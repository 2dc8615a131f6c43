"""Questions for a knowledge leaf: about the details of its passages, or about them as a whole."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.language.question_marks import is_question
from tutelage.generation import knowledge_prompts as knowledge
from tutelage.generation.knowledge_prompts import Detail
from tutelage.generation.session import (
    GenerationSession,
    RequestCoroutine,
    RequestRate,
    batch_cells,
    parse_numbered_list,
)
from tutelage.generation.shots import Shot, shots_of
from tutelage.generation.writing import Writing, passage_sizes
from tutelage.models.chat import Completion, Request
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

_FACT = Passage("passage:trial", "trial.md", ("Trial",), "The lamp weighs 3 kilograms.")


@dataclass
class PassageQuestions:
    """Writes questions; a cell is a passage, by its id."""

    independent_cells: ClassVar[bool] = True

    desk: GenerationSession
    leaf: Leaf
    known: Mapping[str, Row] = field(default_factory=dict)
    """Earlier rows that decided what to ask for, by the passage's text."""
    _details: dict[str, Detail | None] = field(default_factory=dict)
    """What to ask for, by passage; None where there is nothing."""
    _proposed: dict[str, list[Completion]] = field(default_factory=dict)
    """The proposals among which it was chosen, by passage."""
    _asked: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]
    ) -> "PassageQuestions":
        """The writer of a leaf."""
        return cls(desk, leaf, known)

    @classmethod
    def check(cls, settings: Writing, leaf: Leaf) -> None:
        """Try the templates on a passage."""
        shots = shots_of(leaf)
        detail = Detail(_FACT, "3 kilograms" if settings.details_per_passage else "")
        if detail.answer:
            knowledge.detail_prompt(settings.detail_template, _FACT, shots)
        knowledge.question_prompt(settings.question, detail, shots, 0)

    @classmethod
    def places(cls, settings: Writing, leaf: Leaf) -> list[int]:
        """The passages of the leaf's documents."""
        return passage_sizes(leaf, settings)

    @classmethod
    def rates(cls, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """Questions, and proposals for what to ask of a passage."""
        size = settings.per_request
        details = RequestRate(settings.detail_tokens, per_place=settings.details_per_passage)
        return [RequestRate(size * settings.max_tokens, per_try=1 / size), details]

    @cached_property
    def passages(self) -> dict[str, Passage]:
        """The passages of the leaf's documents, by id."""
        return {passage.id: passage for passage in self.desk.passages(self.leaf)}

    @property
    def cells(self) -> Sequence[str]:
        """The passages in a seeded order, but for those found to have nothing to ask for.

        Were it the documents' order, few rows would all come from where these begin.
        """
        return [name for name in self._order if self._details.get(name, "") is not None]

    def cell_of(self, row: Row) -> str:
        """The passage that a row rests on."""
        return self._ids.get(str(row.get("context")), "")

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """Questions about the passages; one that is drawn twice in this call adds a vote to the
        first."""
        yield from self._find_details(cells)
        asked = list(self._requests(cells))
        answers = yield [request for request, *_ in asked]
        kept: dict[tuple[str, str], Row] = {}
        rejected = []
        for request, detail, count in asked:
            answer = answers[request.id]
            for number, (text, reason) in enumerate(parse_numbered_list(answer, count)):
                question = text.partition("\n")[0].strip()
                row = self._row(detail, answer, number, question)
                if reason := reason or _no_question(question):
                    rejected.append(row | {"reason": reason})
                    continue
                first = kept.setdefault((detail.passage.id, question.lower()), row)
                if first is not row:
                    first["n_votes"] += 1
                    rejected.append(row | {"reason": "written before"})
        return [*rejected, *kept.values()]

    @cached_property
    def _order(self) -> list[str]:
        order = list(self.passages)
        random.Random(self.desk.context.seed_for(self.leaf.path, "passages")).shuffle(order)
        return order

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {passage.text: name for name, passage in self.passages.items()}

    @cached_property
    def _shots(self) -> list[Shot]:
        seed = self.desk.context.seed_for(self.leaf.path, "shots")
        return knowledge.shuffled(shots_of(self.leaf), seed)

    def _find_details(self, cells: Sequence[str]) -> RequestCoroutine[None]:
        """Choose what to ask about new passages: by majority, where the recipe says so."""
        new = {name: self.passages[name] for name in cells if name not in self._details}
        if not self.desk.settings.details_per_passage:
            self._details |= {name: Detail(passage, "") for name, passage in new.items()}
            return
        answers = yield list(self._proposals(new.values()))
        for section in knowledge.sections(list(self.passages.values())).values():
            for passage in (one for one in section if one.id in new):
                named = (answers.get(name) for name in self._names(passage))
                said = self._proposed[passage.id] = [answer for answer in named if answer]
                earlier = self.known.get(passage.text)
                detail = (
                    earlier["extracted_answer"]
                    if earlier
                    else knowledge.choose_detail(passage, section, [one.text for one in said])
                )
                self._details[passage.id] = Detail(passage, detail) if detail else None

    def _proposals(self, passages: Iterable[Passage]) -> Iterator[Request]:
        """Requests for the details of passages that no earlier row has settled."""
        for passage in passages:
            if passage.text in self.known:
                continue
            template = self.desk.settings.detail_template
            prompt = knowledge.detail_prompt(template, passage, self._shots)
            for n, name in enumerate(self._names(passage)):
                seed = (self.leaf.path, passage.id, "detail", n)
                most = self.desk.settings.detail_tokens
                yield self.desk.request(name, self.leaf.path, prompt, seed, most, whole=False)

    def _names(self, passage: Passage) -> list[str]:
        count = self.desk.settings.details_per_passage
        return [f"{passage.id}/detail/{n}" for n in range(count)]

    def _requests(self, cells: Sequence[str]) -> Iterator[tuple[Request, Detail, int]]:
        settings = self.desk.settings
        task = self.leaf.task_description
        for passage, count in batch_cells(cells, settings.per_request):
            detail, n = self._details[passage], self._asked[passage]
            if detail is None:
                continue
            self._asked[passage] += 1
            template, name = settings.question, f"{passage}/question/{n}"
            prompt = knowledge.question_prompt(template, detail, self._shots, n, task, count)
            seed, most = (self.leaf.path, name), count * settings.max_tokens
            whole = count == 1
            request = self.desk.request(name, self.leaf.path, prompt, seed, most, whole=whole)
            yield request, detail, count

    def _row(self, detail: Detail, answer: Completion, number: int, question: str) -> Row:
        passage = detail.passage
        led = [*self._proposed.get(passage.id, []), answer]
        row = self.desk.row(self.leaf.path, question, led, self._parents(detail), number) | {
            "context": passage.text,
            "document": passage.document,
            "headings": heading_path(passage.headings),
            "n_votes": 1,
        }
        if not detail.answer:
            return row
        draft = detail.answer[:1].upper() + detail.answer[1:]
        return row | {
            "extracted_answer": draft,
            "completion": [{"role": "assistant", "content": draft}],
        }

    def _parents(self, detail: Detail) -> list[str]:
        """The passage, the seeds that prompts show, and the row that settled what to ask for."""
        earlier = self.known.get(detail.passage.text) if detail.answer else None
        seeds = [shot.seed for shot in self._shots if shot.fact]
        return [detail.passage.id, *seeds, *([earlier["id"]] if earlier else [])]


def _no_question(text: str) -> str | None:
    """Why a line is no question that stands by itself."""
    return None if is_question(text) and not set(text) & set("[]") else "not a question"
