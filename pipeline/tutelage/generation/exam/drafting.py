"""How drafts are made, and the models that make and try them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.config import Strict
from tutelage.generation.exam.draft import Draft
from tutelage.generation.prompt_templates import TemplateFile
from tutelage.models.chat import Completion, Message, Request, Sampling
from tutelage.models.model import Model

Difficulty = Literal["any", "easy", "medium", "hard"]
BANDS: dict[str, tuple[float, float]] = {
    "any": (0.0, 1.0),
    "easy": (0.0, 0.25),
    "medium": (0.25, 0.75),
    "hard": (0.75, 1.0),
}
"""Share of attempts with the passage that are wrong, from and to."""


class Drafting(Strict):
    """How drafts are written and tried."""

    purpose: Literal["held_out", "seed"] = "held_out"
    """What they are for: held-out questions, or seed examples that the teacher is shown."""
    count: int = Field(20, gt=0)
    """Drafts wanted for each leaf, including those that it has already."""
    difficulty: Difficulty = "any"
    """How often the student fails with the passage before it: in at most a quarter of its attempts
    (`easy`), in at least three quarters (`hard`), or between (`medium`); needs a `student`."""
    attempts: int = Field(4, gt=0)
    """Attempts of the student by which difficulty is measured."""
    tries: int = Field(3, gt=0)
    """How often a statement may be asked about, each time for another part of it."""
    temperature: float = Field(0.7, ge=0)
    """How freely the teacher writes again what could not be used at first."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of a question, an input or a result, at most."""
    leaves: list[str] | None = None
    """Only these leaves."""
    question_template: TemplateFile = "exam_question"
    """Prompt that asks for questions about a statement."""
    answer_template: TemplateFile = "exam_answer"
    """Prompt that asks for an answer from a passage."""
    task_template: TemplateFile = "exam_task"
    """Prompt that asks for the input of a task."""
    result_template: TemplateFile = "exam_result"
    """Prompt that asks for the result of a task."""


@dataclass(frozen=True, slots=True)
class DraftDesk:
    """Asks models about drafts; the requests of a batch are sent side by side."""

    context: Context
    teacher: Model
    student: Model | None
    settings: Drafting

    def ask(
        self,
        model: Model,
        drafts: Sequence[Draft],
        prompt: Callable[[Draft], tuple[Message, ...]],
        kind: str,
        *,
        temperature: float = 0.0,
        max_tokens: int | None = None,
    ) -> Iterator[tuple[Draft, Completion]]:
        """An answer for each draft that is not dropped; its request is added to the draft's."""
        asked = {}
        for draft in drafts:
            if draft.reason is None:
                sampling = Sampling(
                    max_tokens=max_tokens or self.settings.max_tokens,
                    temperature=temperature,
                    top_p=0.95 if temperature else 1.0,
                    seed=self.context.seed_for(draft.leaf, draft.name, kind),
                )
                name = f"{draft.leaf}/{draft.name}/{kind}"
                asked[name] = draft, Request(name, prompt(draft), sampling, draft.leaf)
        if asked:
            answers = self.context.answers(model, [request for _, request in asked.values()])
            for name, (draft, _) in asked.items():
                draft.keys.append(answers[name].key)
                yield draft, answers[name]
