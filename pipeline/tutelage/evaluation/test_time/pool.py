"""The pool: each question answered so many times, in one go, through the journal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.scoring import score
from tutelage.models.chat import Completion, Message, Request, Sampling
from tutelage.models.model import Model
from tutelage.models.reasoning import reasoned_before_cut
from tutelage.verifiers.steps_check import worked_out

Messages = tuple[Message, ...]
Place = tuple[int, int]
"""The number of a question, and of one of its answers."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: its text, what it is worth by the question's own measure, and what it used."""

    text: str
    right: float
    usage: Usage
    reasoning: str = ""
    cut: bool = False

    @property
    def worked(self) -> str:
        """The answer below its thoughts, where they stand apart."""
        return worked_out(self.reasoning, self.text)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How answers are drawn."""

    max_tokens: int
    temperature: float
    think_tokens: int | None = None
    """Tokens for reasoning; the model's own where None."""

    def by(self, model: Model) -> Model:
        """The model, with so many tokens for reasoning."""
        if self.think_tokens is None:
            return model
        config = model.config.model_copy(update={"reasoning_tokens": self.think_tokens})
        return replace(model, config=config)

    def sampling(self, seed: int) -> Sampling:
        """The sampling of one answer."""
        return Sampling(self.max_tokens, self.temperature, seed=seed)


def draw_pool(
    context: Context, model: Model, cases: Sequence[Case], size: int, drawing: Drawing
) -> list[list[Sample]]:
    """So many answers to each question; a larger pool begins with the answers of a smaller one."""
    places = [(at, attempt) for at in range(len(cases)) for attempt in range(size)]
    found = draw(context, model, cases, places, drawing, "pool", lambda at: cases[at[0]].messages)
    return [[found[at, attempt] for attempt in range(size)] for at in range(len(cases))]


def draw(
    context: Context,
    model: Model,
    cases: Sequence[Case],
    places: Sequence[Place],
    drawing: Drawing,
    purpose: str,
    messages: Callable[[Place], Messages],
) -> dict[Place, Sample]:
    """One answer for each place, to the messages that belong there."""
    requests = list(_requests(context, cases, places, drawing, purpose, messages))
    context.progress.start(len(requests), "answers")
    completions: list[Completion] = []
    for completion in context.complete(drawing.by(model), requests):
        completions.append(completion)
        context.progress.advance()
    found = {}
    for completion in reasoned_before_cut(completions):
        at, attempt = map(int, completion.request.id.split("/"))
        found[at, attempt] = _sample(cases[at], completion)
    return found


def _requests(
    context: Context,
    cases: Sequence[Case],
    places: Sequence[Place],
    drawing: Drawing,
    purpose: str,
    messages: Callable[[Place], Messages],
) -> Iterator[Request]:
    for at, attempt in places:
        case = cases[at]
        sampling = drawing.sampling(context.seed_for(purpose, case.leaf, case.id, attempt))
        name, asked = f"{at}/{attempt}", messages((at, attempt))
        yield Request(name, asked, sampling, case.leaf, False, case.tools)


def _sample(case: Case, completion: Completion) -> Sample:
    value = score(case, completion).value
    cut = completion.finish_reason == "length"
    return Sample(completion.text, value, completion.usage, completion.reasoning, cut)
