"""Questions about each statement of a leaf's documents, which answers them in its own words.

A weak teacher need only ask: what is learnt is what the document says. Each time a statement is
asked about, the prompt is another one: first freely and at temperature 0, then for one span of it
after the other, in turn with free questions at the recipe's temperature.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.fences import unfenced
from tutelage.core.language.question_marks import is_question
from tutelage.core.language.token_length import likely_tokens
from tutelage.core.text import content_stems, plain, words
from tutelage.generation.prompt_templates import render
from tutelage.generation.session import GenerationSession, RequestCoroutine, RequestRate
from tutelage.generation.shots import Shot, mark, shots_of
from tutelage.generation.statement_index import StatementIndex
from tutelage.generation.subject import subject_of, with_subject
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request, unusable
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.spans import answer_spans
from tutelage.taxonomy.documents.statements import Statement, statements
from tutelage.taxonomy.leaf import Leaf

_ORDERS = 4
"""Orders in which the seeds are shown, in turn; few, so that prompts share their beginning."""
_SHOWN = 8
"""Seeds in a prompt, at most."""
_TRIAL = Statement("statement:trial", "trial.md", ("Trial",), "The lamp weighs 3 kilograms.")
_FEWEST_WORDS = 4
"""Words of a question that says what it is about, at least."""


@dataclass
class StatementQuestions:
    """Writes questions; a cell is a statement, by its id."""

    independent_cells: ClassVar[bool] = True

    desk: GenerationSession
    leaf: Leaf
    _asked: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]
    ) -> "StatementQuestions":
        """The writer of a leaf; earlier rows do not matter here."""
        return cls(desk, leaf)

    @classmethod
    def check(cls, settings: Writing, leaf: Leaf) -> None:
        """Try the template, freely and for a span."""
        for span in (None, "3 kilograms"):
            statement_prompt(settings.statement_template, _TRIAL, [], span)

    @classmethod
    def places(cls, settings: Writing, leaf: Leaf) -> list[int]:
        """The statements of the leaf's documents."""
        found = (one for document in leaf.documents for one in statements(document))
        return [likely_tokens(one.spoken) for one in found]

    @classmethod
    def rates(cls, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One request a question."""
        return [RequestRate(settings.max_tokens, per_try=1)]

    @cached_property
    def cells(self) -> Sequence[str]:
        """The statements in a seeded order: few rows must not all come from where texts begin."""
        order = list(self._statements)
        random.Random(self.desk.context.seed_for(self.leaf.path, "statements")).shuffle(order)
        return order

    def cell_of(self, row: Row) -> str:
        """The statement that a row rests on."""
        return str(row.get("statement") or "")

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A question for each time a statement is named."""
        asked = list(self._requests(cells))
        answers = yield [request for request, _ in asked]
        seen: set[str] = set()
        rows = []
        for request, place in asked:
            row = self._row(place, answers[request.id])
            question = plain(row["prompt"][0]["content"])
            if "reason" not in row and question in seen:
                row["reason"] = "written before"
            seen.add(question)
            rows.append(row)
        return rows

    @cached_property
    def _statements(self) -> dict[str, Statement]:
        found = [one for document in self.leaf.documents for one in statements(document)]
        return {one.id: one for one in found}

    @cached_property
    def _index(self) -> StatementIndex:
        return StatementIndex(list(self._statements.values()))

    @cached_property
    def _orders(self) -> list[list[dict[str, str]]]:
        """The seeds that show a fact, in several orders."""
        orders = []
        for number in range(_ORDERS):
            shots = [shot for shot in shots_of(self.leaf) if shot.fact]
            random.Random(self.desk.context.seed_for(self.leaf.path, "shots", number)).shuffle(
                shots
            )
            orders.append([self._shown(shot) for shot in shots[:_SHOWN]])
        return orders

    def _shown(self, shot: Shot) -> dict[str, str]:
        """A seed beside the statement that answers it, so that examples look as what is asked."""
        answer = frozenset(content_stems(shot.answer))
        both = answer | frozenset(content_stems(shot.question))

        def shared(one: Statement) -> int:
            found = set(content_stems(one.spoken))
            return 3 * len(found & answer) + len(found & both)

        best = max(self._statements.values(), key=shared, default=None)
        if best is None or not answer & set(content_stems(best.spoken)):
            return _shown(shot, shot.fact, _topic(best) if best else "")
        return _shown(shot, best.spoken, _topic(best))

    def _requests(self, cells: Sequence[str]) -> Iterator[tuple[Request, int]]:
        for name in cells:
            n, statement = self._asked[name], self._statements[name]
            self._asked[name] += 1
            prompt = self._prompt(statement, n)
            request = f"{name}/question/{n}"
            temperature = 0.0 if n == 0 else None
            yield (
                self.desk.request(
                    request,
                    self.leaf.path,
                    prompt,
                    (self.leaf.path, request),
                    self.desk.settings.max_tokens,
                    temperature,
                ),
                self._index.place(name),
            )

    def _prompt(self, statement: Statement, n: int) -> tuple[Message, ...]:
        """The prompt of the n-th attempt: every second one asks for a span, while there are any."""
        spans = answer_spans(statement.text)
        span = spans[n // 2] if n % 2 and n // 2 < len(spans) else None
        return statement_prompt(
            self.desk.settings.statement_template,
            statement,
            self._orders[n % _ORDERS],
            span,
        )

    def _row(self, place: int, answer: Completion) -> Row:
        question = unfenced(answer.text).partition("\n")[0].strip()
        reason = unusable(answer) or no_question(question)
        found = place if reason else self._index.about(question, place)
        statement = self._index.statements[found]
        if not reason and (why := self._index.verdict(question, found)):
            reason = f"unclear: {why}"
        if not reason:
            draw = random.Random(self.desk.context.seed_for(self.leaf.path, "subject", question))
            question = with_subject(question, self._subject, draw)
        row = self.desk.row(self.leaf.path, question, [answer], self._parents(statement))
        form = self._form(question)
        if form == "statement":
            row["completion"] = [{"role": "assistant", "content": statement.spoken}]
        row |= {
            "answer_form": form,
            "statement": statement.id,
            "context": statement.spoken,
            "document": statement.document,
            "headings": heading_path(statement.headings),
        }
        return row | {"reason": reason} if reason else row

    @cached_property
    def _subject(self) -> str:
        """The name by which people ask about the leaf's documents."""
        return subject_of(self.leaf)

    def _form(self, question: str) -> str:
        """What answers a question, drawn in the proportions that the recipe gives."""
        shares = self.desk.settings.answers
        draw = random.Random(self.desk.context.seed_for(self.leaf.path, "form", question))
        return draw.choices(list(shares), list(shares.values()))[0]

    def _parents(self, statement: Statement) -> list[str]:
        return [statement.id, *(shot.seed for shot in shots_of(self.leaf) if shot.fact)]


def statement_prompt(
    template: str, statement: Statement, shots: Sequence[dict[str, str]], span: str | None
) -> tuple[Message, ...]:
    """Asks for a question about a statement, or for one that a span of it answers."""
    lead = f"{statement.lead} " if statement.lead else ""
    fact = statement.spoken if span is None else lead + mark(statement.text, span)
    shown = [shot | {"fact": shot["marked"] if span else shot["fact"]} for shot in shots]
    return render(
        template, topic=_topic(statement), fact=fact, shots=shown, marked=span is not None
    )


def _topic(statement: Statement) -> str:
    """What a statement is about: the document's title, and the nearest heading."""
    return ", ".join(dict.fromkeys([statement.title, *statement.headings[-1:]]))


def _shown(shot: Shot, fact: str, topic: str) -> dict[str, str]:
    """A seed as the template takes it."""
    marked = mark(fact, shot.answer)
    return {"topic": topic, "fact": fact, "marked": marked, "question": shot.question}


def no_question(text: str) -> str | None:
    """Why a line is no question that stands by itself."""
    if not is_question(text) or set(text) & set("[]"):
        return "not a question"
    return "too short a question" if len(words(text)) < _FEWEST_WORDS else None
