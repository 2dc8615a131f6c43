"""Drafts about documents: written for words of a statement, then answered again from its passage.

A draft is kept where the answer from the passage says the same as the words it was written for
(round-trip consistency, Alberti et al. 2019, arXiv:1906.05416), where it is understood without the
passage, and where the student, asked without it, does not know the answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tutelage.core.fences import unfenced
from tutelage.core.language.language_guess import language_of
from tutelage.core.text import find_phrase
from tutelage.generation.answers import whole_sentences
from tutelage.generation.exam.draft import Draft
from tutelage.generation.exam.draft_checks import QuestionChecks, alike
from tutelage.generation.exam.drafting import BANDS, DraftDesk
from tutelage.generation.exam.example_facts import answered_shots, shots_in
from tutelage.generation.exam.fact_order import in_turn, passage_of, section_of, span_of
from tutelage.generation.prompt_templates import render
from tutelage.generation.shots import mark
from tutelage.generation.span_question import question_word
from tutelage.generation.statement_index import StatementIndex
from tutelage.models.chat import Completion, Message, unusable
from tutelage.taxonomy.documents.statements import Statement, statements
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.accept import accepted

_QUESTION_TOKENS = 80
_ANSWER_TOKENS = 40
_LONGEST_ANSWER = 8
"""Words of an answer that a question can be scored by, at most."""
_GUESSES = 2
"""Further attempts of the student without the passage, beside its likeliest answer."""
_WARM = 0.8


@dataclass
class KnowledgeDrafts:
    """Drafts of one knowledge leaf, batch by batch."""

    desk: DraftDesk
    leaf: Leaf
    _tried: dict[str, int] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)
    """Statements with a draft that was kept."""

    def next(self, count: int) -> list[Draft]:
        """Drafts to try next, about so many statements; none where all were tried enough."""
        found: list[Draft] = []
        for number in range(self.desk.settings.tries):
            for one in self._order:
                if len(found) == count:
                    return found
                if one.id not in self._settled and self._tried.get(one.id, 0) == number:
                    self._tried[one.id] = number + 1
                    found.append(self._draft(one, number))
            if found:
                return found
        return found

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write the questions and find out what is wrong with each draft."""
        self._ask_questions(drafts)
        self._find_answers(drafts)
        for draft in drafts:
            if draft.reason is None:
                statement = self._statement(draft)
                draft.question = self._checks.named(draft.question, statement)
                draft.drop(self._checks.problem(draft.question, draft.answer, statement))
        self._answer_again(drafts)
        self._ask_student(drafts)
        for draft in drafts:
            if draft.reason is None:
                draft.drop(self._checks.repeated(draft.question))
            if draft.reason is None:
                self._settled.add(draft.parents[0])

    def _draft(self, one: Statement, number: int) -> Draft:
        draft = Draft(self.leaf.path, f"{one.id}/{number}", source=one.spoken, parents=[one.id])
        draft.section, draft.context = section_of(one), passage_of(one, self._found)
        draft.answer = span_of(one, number) or ""
        return draft

    def _ask_questions(self, drafts: Sequence[Draft]) -> None:
        settings, hard = self.desk.settings, self.desk.settings.difficulty == "hard"

        def prompt(draft: Draft) -> tuple[Message, ...]:
            one = self._statement(draft)
            fact = mark(one.spoken, draft.answer) if draft.answer else one.spoken
            topic = ", ".join(dict.fromkeys([one.title, *one.headings[-1:]]))
            shots = shots_in(self._language, marked=bool(draft.answer))
            begin = question_word(draft.answer) if draft.answer and self._language == "en" else ""
            return render(
                settings.question_template,
                topic=topic,
                fact=fact,
                shots=shots,
                marked=bool(draft.answer),
                hard=hard,
                begin="" if begin == "who or what" else begin,
            )

        first = [draft for draft in drafts if draft.name.endswith("/0")]
        again = [draft for draft in drafts if not draft.name.endswith("/0")]
        for some, temperature in ((first, 0.0), (again, settings.temperature)):
            for draft, said in self.desk.ask(
                self.desk.teacher,
                some,
                prompt,
                "question",
                temperature=temperature,
                max_tokens=_QUESTION_TOKENS,
            ):
                draft.question, more, _ = unfenced(said.text).strip().partition("\n")
                draft.drop(None if more else unusable(said))

    def _find_answers(self, drafts: Sequence[Draft]) -> None:
        """Of a question that was written freely: what of the statement answers it."""
        free = [draft for draft in drafts if not draft.answer]
        for draft, said in self._answered(free, "answer", lambda draft: draft.source):
            found = find_phrase(draft.source, _shortest(said))
            draft.answer = found or ""
            if found is None or len(found.split()) > _LONGEST_ANSWER:
                draft.drop("its answer is not in few words of the statement")

    def _answer_again(self, drafts: Sequence[Draft]) -> None:
        for draft, said in self._answered(drafts, "round-trip", lambda draft: draft.context):
            draft.drop(None if said.finish_reason == "length" else unusable(said))
            if not alike(_shortest(said), draft.question, draft.answer):
                draft.drop(f"answered otherwise from its passage: '{_shortest(said)[:80]}'")

    def _ask_student(self, drafts: Sequence[Draft]) -> None:
        """Drop what the student knows, and what is easier or harder than is wanted."""
        desk, settings = self.desk, self.desk.settings
        if desk.student is None:
            return
        for number in range(1 + _GUESSES):
            asked = desk.ask(
                desk.student,
                drafts,
                lambda draft: ({"role": "user", "content": draft.question},),
                f"closed-book/{number}",
                temperature=_WARM if number else 0.0,
                max_tokens=2 * _ANSWER_TOKENS,
            )
            for draft, said in asked:
                if accepted(said.text, [draft.answer]):
                    draft.drop("the student knows it already")
        if settings.difficulty == "any":
            return
        failed: dict[str, int] = {}
        for number in range(settings.attempts):
            for draft, said in self._answered(
                drafts, f"attempt/{number}", lambda draft: draft.context, student=True
            ):
                failed.setdefault(draft.name, 0)
                failed[draft.name] += not accepted(said.text, [draft.answer])
        low, high = BANDS[settings.difficulty]
        for draft in drafts:
            if draft.reason is None:
                draft.wrong = failed[draft.name] / settings.attempts
                if not low <= draft.wrong <= high:
                    draft.drop(f"not {settings.difficulty}: {draft.wrong:.0%} of attempts failed")

    def _answered(
        self, drafts: Sequence[Draft], kind: str, text: "_Text", *, student: bool = False
    ) -> Iterator[tuple[Draft, Completion]]:
        template = self.desk.settings.answer_template
        shots = answered_shots(self._language)
        model = self.desk.student if student and self.desk.student else self.desk.teacher
        return self.desk.ask(
            model,
            drafts,
            lambda draft: render(template, text=text(draft), question=draft.question, shots=shots),
            kind,
            temperature=_WARM if student else 0.0,
            max_tokens=_ANSWER_TOKENS,
        )

    def _statement(self, draft: Draft) -> Statement:
        return self._by_id[draft.parents[0]]

    @cached_property
    def _found(self) -> list[Statement]:
        return [one for document in self.leaf.documents for one in statements(document)]

    @cached_property
    def _by_id(self) -> dict[str, Statement]:
        return {one.id: one for one in self._found}

    @cached_property
    def _order(self) -> list[Statement]:
        return list(in_turn(self.leaf, self.desk.context.seed_for(self.leaf.path, "order")))

    @cached_property
    def _checks(self) -> QuestionChecks:
        return QuestionChecks(self.leaf, StatementIndex(self._found))

    @cached_property
    def _language(self) -> str:
        return language_of(" ".join(one.text for one in self._found))


def _shortest(said: Completion) -> str:
    """The answer on its first line, without the label that examples have."""
    text = unfenced(said.text).strip().partition("\n")[0]
    if said.finish_reason == "length":
        text = whole_sentences(text)
    return text.removeprefix("Answer:").strip()


_Text = Callable[[Draft], str]
