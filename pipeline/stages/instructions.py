"""Instructions: the teacher writes new questions and tasks for a leaf, from its examples alone."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import Field

from pipeline.artifacts import Row, Rows
from pipeline.config import at
from pipeline.documents import Passage, chunks, split
from pipeline.errors import TaxonomyError
from pipeline.flows import knowledge, skills
from pipeline.flows.shots import Shot, opening, shots_of
from pipeline.forecast import NOTHING, Ask, Outlook, Seen, Span, Supply, total
from pipeline.models import Completion, Model, Request, Sampling, unusable
from pipeline.models.estimate import estimate_tokens
from pipeline.models.tokens import token_counter
from pipeline.prompts import template_text
from pipeline.stage import Context, Stage
from pipeline.store import digest
from pipeline.taxonomy import Leaf, Taxonomy

_KEPT = Span(0.5, 0.85, 1.0)
_DETAIL_TOKENS = 12


class Instructions(Stage):
    """Write new instructions for each leaf, few-shot with its own seeds (LAB, arXiv:2403.01081).

    Knowledge leaves: from each passage a detail, then questions that ask for it. Skill leaves: task
    inputs for each cell of the attribute grid. No request sees another leaf's examples.
    """

    questions_per_passage: int = Field(8, gt=0)
    """Questions asked for per passage of a knowledge leaf."""
    wanted_per_passage: int = Field(4, gt=0)
    """With `accepted` rows given: a passage that has so many is not asked about again."""
    details_per_passage: int = Field(5, gt=0)
    """Proposals from which the detail of a passage is chosen by majority."""
    passage_words: int = Field(1, gt=0)
    """Words of a passage, at most; a longer sentence is one of its own, so 1 gives sentences."""
    passage_tokens: int | None = Field(None, gt=0)
    """Take chunks of at most so many of the teacher's tokens instead, cut at headings first."""
    overlap_tokens: int = Field(0, ge=0)
    """Tokens, in whole sentences, that such a chunk repeats of the one before it, at most."""
    per_sample: float = Field(2.0, gt=0)
    """Instructions asked for per row wanted from a skill leaf (its `samples`)."""
    samples: int = Field(40, gt=0)
    """Rows wanted from a skill leaf that does not say so itself."""
    temperature: float = Field(0.7, ge=0)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(48, gt=0)
    """Tokens of an instruction, at most."""
    leaves: list[str] | None = None
    """Only these leaves."""
    detail_template: str = "knowledge_detail"
    question_template: str = "knowledge_question"
    skill_template: str = "skill_instruction"

    def identity(self) -> dict[str, Any]:
        """Templates count by their text."""
        names = ("detail_template", "question_template", "skill_template")
        return super().identity() | {name: template_text(getattr(self, name)) for name in names}

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find unknown leaves and seeds that cannot serve as examples."""
        if taxonomy is None:
            return
        for name in self.leaves or []:
            taxonomy.leaf(name)
        for leaf in self._leaves(taxonomy):
            if leaf.unavailable:
                raise TaxonomyError(f"{at(leaf.file, 'document.repo')}: {leaf.unavailable}")
            if leaf.kind == "knowledge" and not any(seed.context for seed in leaf.seeds):
                raise TaxonomyError(f"{leaf.file}: seeds of a knowledge leaf need `context`")

    def run(
        self,
        context: Context,
        taxonomy: Taxonomy,
        teacher: Model,
        accepted: Rows | None = None,
    ) -> Rows:
        """Rows with `prompt`; knowledge rows also `context`, `headings`, the drafted `completion`.

        With `accepted` rows of an earlier round, only what is still short is asked for: passages
        with too few rows, and of a skill leaf instructions for the rows it lacks.
        """
        made = Rows([], [])
        for leaf in self._leaves(taxonomy):
            had = [row for row in accepted.kept if row["leaf"] == leaf.path] if accepted else None
            write = self._knowledge if leaf.kind == "knowledge" else self._skill
            for row in write(context, leaf, teacher, had):
                (made.rejected if "reason" in row else made.kept).append(row)
        return made

    def forecast(
        self, seen: Seen, taxonomy: Taxonomy, teacher: str, accepted: Supply | None = None
    ) -> Outlook:
        """Requests by leaf: what `run` asks, with rows accepted already spread over passages."""
        asks: list[Ask] = []
        made: dict[str, Span] = {}
        for leaf in self._leaves(taxonomy):
            had = accepted.rows.get(leaf.path, NOTHING) if accepted else None
            of_leaf = self._asks(leaf, teacher, had)
            asks += of_leaf
            tried = total(ask.requests for ask in of_leaf if ask.max_tokens == self.max_tokens)
            made[leaf.path] = tried * seen.kept(leaf.path, _KEPT)
        seeds = [seed for leaf in taxonomy.leaves for seed in leaf.seeds]
        texts = zip(*((seed.question, seed.answer) for seed in seeds), strict=True)
        question, answer = (sum(map(estimate_tokens, side)) / len(seeds) for side in texts)
        return Outlook(
            Supply(made, Span.exactly(question), Span.exactly(answer)),
            tuple(asks),
        )

    def _asks(self, leaf: Leaf, teacher: str, had: Span | None) -> list[Ask]:
        shots = shots_of(leaf)
        if leaf.kind != "knowledge":
            wanted = (had or NOTHING).short_of(leaf.samples or self.samples) * self.per_sample
            (cell,) = skills.cells(leaf, 1, 0)
            prompt = skills.instruction_prompt(self.skill_template, leaf, cell, shots)
            return [Ask(teacher, leaf.path, wanted, prompt, self.max_tokens)]
        passages = list(self._passages(leaf, estimate_tokens))
        if not passages:
            return []
        first, count = passages[len(passages) // 2], len(passages)
        bare, short = _short_passages(count, had, self.wanted_per_passage)
        detail = knowledge.detail_prompt(self.detail_template, first, shots)
        given = knowledge.Detail(first, first.text.split()[-1])
        question = knowledge.question_prompt(self.question_template, given, shots, 0)
        details, questions = bare * self.details_per_passage, short * self.questions_per_passage
        return [
            Ask(teacher, leaf.path, details, detail, _DETAIL_TOKENS),
            Ask(teacher, leaf.path, questions, question, self.max_tokens),
        ]

    def _leaves(self, taxonomy: Taxonomy) -> list[Leaf]:
        return [leaf for leaf in taxonomy.leaves if not self.leaves or leaf.path in self.leaves]

    def _sampling(self, context: Context, *parts: Any, max_tokens: int | None = None) -> Sampling:
        return Sampling(
            max_tokens=max_tokens or self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=context.seed_for(*parts),
        )

    def _knowledge(
        self, context: Context, leaf: Leaf, teacher: Model, had: list[Row] | None
    ) -> Iterator[Row]:
        count = Counter(row.get("context") for row in had or [])
        known = {row["context"]: row["draft"] for row in had or [] if row.get("draft")}
        shots = knowledge.shuffled(shots_of(leaf), context.seed_for(leaf.path, "shots"))
        tries = [
            (passage, n)
            for passage in self._passages(leaf, token_counter(teacher.reference))
            if had is None or count[passage.text] < self.wanted_per_passage
            for n in range(self.questions_per_passage)
        ]
        tries = list(context.sample(tries, leaf.path))
        details = self._details(context, leaf, teacher, shots, known, tries)
        asked: dict[str, tuple[knowledge.Detail, Request]] = {}
        for passage, n in tries:
            if detail := details.get(passage.id):
                name = f"{passage.id}/question/{n}"
                prompt = knowledge.question_prompt(self.question_template, detail, shots, n)
                request = Request(name, prompt, self._sampling(context, leaf.path, name), leaf.path)
                asked[name] = (detail, request)
        answers = context.answers(teacher, [request for _, request in asked.values()])
        kept: dict[tuple[str, str], Row] = {}
        for name, (detail, _) in asked.items():
            yield from self._question_row(context, leaf, detail, answers[name], kept, teacher.name)
        yield from kept.values()

    def _details(
        self,
        context: Context,
        leaf: Leaf,
        teacher: Model,
        shots: list[Shot],
        known: dict[str, str],
        tries: list[tuple[Passage, int]],
    ) -> dict[str, knowledge.Detail]:
        """The detail of each passage: that of its accepted rows, or one of several proposals."""
        wanted = {passage.id: passage for passage, _ in tries}
        passages = list(self._passages(leaf, token_counter(teacher.reference)))
        requests = [
            Request(
                f"{passage.id}/detail/{n}",
                knowledge.detail_prompt(self.detail_template, passage, shots),
                self._sampling(
                    context, leaf.path, passage.id, "detail", n, max_tokens=_DETAIL_TOKENS
                ),
                leaf.path,
            )
            for passage in wanted.values()
            if passage.text not in known
            for n in range(self.details_per_passage)
        ]
        answers = context.answers(teacher, requests)
        found = {}
        for section in knowledge.sections(passages).values():
            for passage in (one for one in section if one.id in wanted):
                names = (f"{passage.id}/detail/{n}" for n in range(self.details_per_passage))
                texts = [answers[name].text for name in names if name in answers]
                chosen = known.get(passage.text) or knowledge.choose_detail(passage, section, texts)
                if chosen:
                    found[passage.id] = knowledge.Detail(passage, chosen)
        return found

    def _passages(self, leaf: Leaf, count: Callable[[str], int]) -> Iterator[Passage]:
        size, overlap = self.passage_tokens, self.overlap_tokens
        for document in leaf.documents:
            if size is None:
                yield from split(document, self.passage_words)
            else:
                yield from chunks(document, size, overlap, count)

    def _question_row(
        self,
        context: Context,
        leaf: Leaf,
        detail: knowledge.Detail,
        answer: Completion,
        kept: dict[tuple[str, str], Row],
        model: str,
    ) -> Iterator[Row]:
        """A row for `kept`, or a rejected one; a question drawn again adds a vote to the first."""
        lines = answer.text.strip().splitlines()
        question = lines[0].strip() if lines else ""
        draft = detail.answer[:1].upper() + detail.answer[1:]
        row = _row(context, leaf, question, answer, [detail.passage.id], model) | {
            "context": detail.passage.text,
            "headings": " > ".join(detail.passage.headings),
            "draft": draft,
            "completion": [{"role": "assistant", "content": draft}],
            "votes": 1,
        }
        known = kept.get((detail.passage.id, question.lower()))
        if reason := unusable(answer) or _no_question(question):
            yield row | {"reason": reason}
        elif known is not None:
            known["votes"] += 1
            yield row | {"reason": "drawn again"}
        else:
            kept[(detail.passage.id, question.lower())] = row

    def _skill(
        self, context: Context, leaf: Leaf, teacher: Model, had: list[Row] | None
    ) -> Iterator[Row]:
        wanted = leaf.samples or self.samples
        count = round(max(0, wanted - len(had or [])) * self.per_sample)
        grid = skills.cells(leaf, count, context.seed_for(leaf.path, "cells"))
        shots, start = shots_of(leaf), opening(leaf)
        requests = [
            Request(
                f"{leaf.path}/{n}",
                skills.instruction_prompt(self.skill_template, leaf, cell, shots),
                self._sampling(context, leaf.path, n),
                leaf.path,
            )
            for n, cell in enumerate(grid)
        ]
        answers = context.answers(teacher, requests)
        for request, cell in zip(requests, grid, strict=True):
            answer = answers[request.id]
            text = answer.text.strip()
            seeds = [shot.seed for shot in shots]
            row = _row(context, leaf, start + text, answer, seeds, teacher.name)
            row["attributes"] = cell
            reason = unusable(answer) or _misshapen(text)
            yield row | {"reason": reason} if reason else row


def _short_passages(count: int, had: Span | None, wanted: int) -> tuple[Span, Span]:
    """Of `count` passages, those with no row yet and those with fewer than are wanted.

    Rows that are there are taken to fall on passages at random (Poisson).
    """
    if had is None:
        return Span.exactly(count), Span.exactly(count)
    means = (had.high / count, had.likely / count, had.low / count)  # more rows, fewer short
    few = [sum(math.exp(-m) * m**n / math.factorial(n) for n in range(wanted)) for m in means]
    return Span(*(count * math.exp(-m) for m in means)), Span(*(count * share for share in few))


def _row(
    context: Context,
    leaf: Leaf,
    question: str,
    answer: Completion,
    parents: list[str],
    model: str,
) -> Row:
    return {
        "id": f"ask:{digest(leaf.path, answer.request.id, context.seed)[:12]}",
        "leaf": leaf.path,
        "parents": parents,
        "prompt": [{"role": "user", "content": question}],
        "trace": {"stage": context.stage, "model": model, "keys": [answer.key]},
    }


def _no_question(text: str) -> str | None:
    """Why a line is no question that stands by itself."""
    return None if text.endswith("?") and not set(text) & set("[]") else "not a question"


def _misshapen(text: str) -> str | None:
    """Why a task input is no single message."""
    if "\n" in text:
        return "more than one line"
    return None if text[-1] in ".!?\"'" else "unfinished sentence"
