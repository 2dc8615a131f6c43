"""Scoring one reply: whether it is right, how many of its demands it meets, and why not all.

A reply is right where everything that its question demands is met: the score of an exam counts
these. The mean over the demands is kept beside it, since it shows progress that is not enough yet;
it is no score of its own, because a reply that is short and wrong meets "at most 40 words" too.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from tutelage.evaluation.cases import Case
from tutelage.models.chat import Completion, unanswered, unusable
from tutelage.verifiers.accept import accepted
from tutelage.verifiers.emphasis import without_emphasis
from tutelage.verifiers.numeric import Numeric, last_number
from tutelage.verifiers.overlap import exact_match, normalised, token_f1
from tutelage.verifiers.right_answer import RightAnswer, final_answer
from tutelage.verifiers.verifier import judge_answer


@dataclass(frozen=True, slots=True)
class Scored:
    """What a reply is worth."""

    value: float
    """1 where it is right, 0 where it is not; between with `token_f1`."""
    why: str | None = None
    """Why it is not wholly right."""
    partial: float | None = None
    """The mean over the accepted texts and each demand; None of a question without demands."""


def score(case: Case, completion: Completion) -> Scored:
    """The score of a reply. One cut by length counts by what it says, one withheld as wrong."""
    if why := unanswered(completion):
        return Scored(0.0, why, 0.0 if case.verifiers else None)
    found = score_text(case, completion.text, completion.reasoning)
    if found.why and completion.finish_reason == "length":
        return replace(found, why=f"cut: {found.why}")
    if found.why and unusable(completion):
        return replace(found, why=f"{unusable(completion)}: {found.why}")
    return found


def score_text(case: Case, text: str, thoughts: str = "") -> Scored:
    """The score of an answer's text, with the thoughts before it where these stand apart."""
    value, why = _compared(case, text)
    if not case.verifiers:
        return Scored(value, why)
    met, failure = judge_answer(case.verifiers, text, _row(case), thoughts)
    parts = [value] * bool(case.accept) + [met.value] * len(case.verifiers)
    partial = sum(parts) / len(parts)
    return Scored(0.0 if failure else value, why or failure, partial)


def vote(case: Case, completion: Completion) -> Hashable:
    """What a reply counts as in a majority vote: its last number, its final answer, or its text."""
    if case.metric == "numeric" and (found := last_number(completion.text)):
        return found
    if case.metric == "result":
        return normalised(without_emphasis(final_answer(completion.text) or completion.text))
    return normalised(completion.text)


def _compared(case: Case, text: str) -> tuple[float, str | None]:
    """A reply beside the accepted texts alone."""
    if not case.accept:
        return 1.0, None
    if case.metric == "token_f1":
        value = token_f1(text, case.accept)
        return value, None if value == 1 else f"token F1 {value:.2f} with {_named(case)}"
    if _agrees(case, text):
        recital = case.facts.recital(text, case.accept) if case.facts else None
        return (0.0, recital) if recital else (1.0, None)
    return 0.0, f"not accepted: none of {_named(case)}"


def _agrees(case: Case, text: str) -> bool:
    if case.metric == "exact":
        return exact_match(text, case.accept)
    if case.metric == "result":
        results = (RightAnswer(text=one, tolerance=case.tolerance) for one in case.accept)
        return any(result.check(text, {}) is None for result in results)
    if case.metric == "numeric":
        wanted = (found for found in map(last_number, case.accept) if found)
        demands = (Numeric(value=value, tolerance=case.tolerance) for value, _ in wanted)
        return any(demand.check(text, {}) is None for demand in demands)
    return accepted(text, case.accept) is not None


def _named(case: Case) -> str:
    return ", ".join(case.accept)


def _row(case: Case) -> dict[str, object]:
    return {**case.row, **case.truth}
