"""What each step of an answer is worth: the share of completions from there that end right.

Math-Shepherd's way (Wang et al. 2023, arXiv:2312.08935, section 3.3, soft estimation): nobody marks
steps. From a beginning that no completion leads to a right end, nothing further is tried.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, answer_of, prompt_of, tools_of
from tutelage.judging.pairs.prompt_attempts import Checker, Prompt
from tutelage.models.chat import Request, Sampling
from tutelage.models.model import Model

_LINE = re.compile(r"[^\n]*\S[^\n]*")


@dataclass(frozen=True, slots=True)
class Rollouts:
    """How beginnings are completed."""

    count: int
    max_tokens: int
    temperature: float


@dataclass(slots=True)
class Beginning:
    """The first lines of an answer, whose attempts they are, and what they are worth."""

    text: str
    lines: int
    row: Row
    value: float | None = None
    """The share of completions that end right; None where nothing was tried."""
    attempts: set[str] = field(default_factory=set)
    """Ids of the attempts that begin so."""


def beginnings(answer: str) -> list[str]:
    """The answer up to the end of each of its lines that says something; the last is all of it."""
    return [answer[: line.end()] for line in _LINE.finditer(answer)]


def step_values(
    context: Context,
    model: Model,
    prompts: Sequence[Prompt],
    rollouts: Rollouts,
    checker: Checker,
) -> list[list[Beginning]]:
    """Of each prompt the different beginnings of its attempts, with values; whole answers last.

    A whole answer is worth 1 where it is right, else 0. Requests go line by line, the first lines
    of all answers at once.
    """
    found = [_different(prompt) for prompt in prompts]
    deepest = max((one.lines for mine in found for one in mine), default=0)
    for depth in range(1, deepest + 1):
        asked = {
            f"{at}/{number}": one
            for at, mine in enumerate(found)
            for number, one in enumerate(mine)
            if one.lines == depth and one.value is None and not _is_dead(one, mine)
        }
        for name, value in _shares(context, model, asked, rollouts, checker).items():
            asked[name].value = value
    for mine in found:
        for one in mine:
            if one.value is None and _is_dead(one, mine):
                one.value = 0.0
    return found


def _different(prompt: Prompt) -> list[Beginning]:
    """Beginnings by length; attempts that begin alike share one."""
    known: dict[tuple[str, bool], Beginning] = {}
    attempts = [(row, 1.0) for row in prompt.right] + [(row, 0.0) for row, _ in prompt.wrong]
    for row, value in attempts:
        for number, text in enumerate(texts := beginnings(answer_of(row)), 1):
            whole = number == len(texts)
            one = known.setdefault((text, whole), Beginning(text, number, row))
            one.attempts.add(str(row["id"]))
            if whole:
                one.value = value
    return sorted(known.values(), key=lambda one: one.lines)


def _is_dead(one: Beginning, others: Sequence[Beginning]) -> bool:
    """Whether a shorter beginning of the same attempt led nowhere."""
    return any(
        other.value == 0 and other.lines < one.lines and one.text.startswith(f"{other.text}\n")
        for other in others
    )


def _shares(
    context: Context,
    model: Model,
    asked: dict[str, Beginning],
    rollouts: Rollouts,
    checker: Checker,
) -> dict[str, float]:
    """By name, the share of completions that end right; of failed requests none does."""
    requests = [
        request
        for name, one in asked.items()
        for request in _requests(name, one, rollouts, context.seed_for)
    ]
    answers = context.answers(model, requests) if requests else {}
    shares = {}
    for name, one in asked.items():
        ends = [answers[f"{name}/{n}"].text.lstrip("\n") for n in range(rollouts.count)]
        wholes = [f"{one.text}\n{end}" for end in ends]
        shares[name] = sum(_is_right(one.row, whole, checker) for whole in wholes) / len(wholes)
    return shares


def _requests(
    name: str, one: Beginning, rollouts: Rollouts, seed_for: Callable[..., int]
) -> Iterator[Request]:
    begun = {"role": "assistant", "content": f"{one.text}\n"}
    messages, tools = (*prompt_of(one.row), begun), tuple(tools_of(one.row))
    for n in range(rollouts.count):
        seed = seed_for(one.row["leaf"], prompt_of(one.row), one.text, n)
        sampling = Sampling(rollouts.max_tokens, rollouts.temperature, 1.0, seed=seed)
        yield Request(f"{name}/{n}", messages, sampling, one.row["leaf"], whole=False, tools=tools)


def _is_right(row: Row, answer: str, checker: Checker) -> bool:
    completed = row | {"completion": [{"role": "assistant", "content": answer}]}
    return checker.why_wrong(completed) is None
