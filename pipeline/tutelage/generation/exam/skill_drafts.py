"""Drafts of a skill: an input that the teacher invents, and the result it gives twice alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tutelage.core.errors import TaxonomyError
from tutelage.core.fences import only_fenced, unfenced
from tutelage.core.text import agrees, count_words, plain
from tutelage.curation.duplicates.marks import worded
from tutelage.curation.duplicates.shingles import similarity
from tutelage.generation.exam.demand_suggestion import SHORT, suggested_demands
from tutelage.generation.exam.draft import Draft
from tutelage.generation.exam.drafting import DraftDesk
from tutelage.generation.exam.example_facts import TASKS
from tutelage.generation.prompt_templates import render
from tutelage.models.chat import unusable
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.verifier import build_verifiers, first_failure

_ALIKE = 0.7
_WARM = 0.9
_PER_DRAFT = 4
"""Inputs that are invented for a draft that is wanted, at most."""


@dataclass
class SkillDrafts:
    """Drafts of one skill leaf, batch by batch."""

    desk: DraftDesk
    leaf: Leaf
    _asked: int = 0
    _inputs: list[str] = field(default_factory=list)
    _kept: list[str] = field(default_factory=list)
    """Results of drafts that were kept."""

    def next(self, count: int) -> list[Draft]:
        """Drafts to try next; none where enough were tried."""
        most = _PER_DRAFT * self.desk.settings.count
        numbers = range(self._asked, min(most, self._asked + count))
        self._asked = max(self._asked, numbers.stop)
        return [Draft(self.leaf.path, f"task/{number}") for number in numbers]

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write inputs and results, and find out what is wrong with each draft."""
        desk, settings, task = self.desk, self.desk.settings, self.leaf.task_description
        known = [self._input_of(one.question) for one in self.leaf.seeds if not one.is_blank]
        held = [one.question for one in self.leaf.eval_examples if not one.is_blank]
        self._inputs = self._inputs or [*known, *map(self._input_of, held)]
        asked = desk.ask(
            desk.teacher,
            drafts,
            lambda draft: render(settings.task_template, task=task, shots=TASKS),
            "input",
            temperature=_WARM,
        )
        for draft, said in asked:
            text = unfenced(said.text).strip()
            draft.question = f"{task.strip()}\n\n{text}"
            draft.drop(unusable(said) or self._repeated(text))
        self._answer(drafts)
        for draft in drafts:
            if draft.reason is None:
                self._kept.append(draft.answer)

    def demands(self) -> list[dict[str, object]]:
        """Demands on answers that the leaf does not make, and all kept results meet."""
        return [] if self.leaf.verify else suggested_demands(self._kept)

    def _answer(self, drafts: Sequence[Draft]) -> None:
        desk, demands = self.desk, ", ".join(map(str, self.leaf.verify))
        where = f"{self.leaf.file}: verify"
        verifiers = build_verifiers(self.leaf.verify, where, TaxonomyError)
        for number, temperature in enumerate((0.0, _WARM)):
            asked = desk.ask(
                desk.teacher,
                drafts,
                lambda draft: render(
                    desk.settings.result_template, request=draft.question, demands=demands
                ),
                f"result/{number}",
                temperature=temperature,
            )
            for draft, said in asked:
                text = only_fenced(said.text).strip().removeprefix("Answer:").strip()
                row = {"prompt": [{"role": "user", "content": draft.question}]}
                draft.drop(unusable(said) or first_failure(verifiers, text, row))
                if number and draft.reason is None and _differ(draft.answer, text):
                    draft.drop(f"answered otherwise the second time: '{text[:80]}'")
                draft.answer = draft.answer or text
                if plain(text) == plain(self._input_of(draft.question)):
                    draft.drop("its result is its input")

    def _input_of(self, question: str) -> str:
        """What of a request is not the task itself."""
        return question.removeprefix(self.leaf.task_description.strip()).strip()

    def _repeated(self, text: str) -> str | None:
        new = worded(text)
        if not text or any(similarity(new, worded(old)) >= _ALIKE for old in self._inputs):
            return "much like an earlier draft" if text else "empty"
        self._inputs.append(text)
        return None


def _differ(one: str, other: str) -> bool:
    """Whether two results say different things, as far as words tell: of short ones only."""
    short = max(count_words(one), count_words(other)) <= SHORT
    return short and not agrees(one, other)
