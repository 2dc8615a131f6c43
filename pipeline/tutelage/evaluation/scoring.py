"""Scoring one reply: from 0 to 1, and in words why it is not wholly right."""

from collections.abc import Hashable

from tutelage.evaluation.cases import Case
from tutelage.models.chat import Completion, unanswered, unusable
from tutelage.verifiers.accept import accepted
from tutelage.verifiers.numeric import Numeric, last_number
from tutelage.verifiers.overlap import exact_match, normalised, token_f1
from tutelage.verifiers.right_answer import RightAnswer, final_answer
from tutelage.verifiers.verifier import first_failure

Scored = tuple[float, str | None]


def score(case: Case, completion: Completion) -> Scored:
    """The score of a reply. One cut by length counts by what it says, one withheld as wrong."""
    if why := unanswered(completion):
        return 0.0, why
    value, why = score_text(case, completion.text)
    if why and completion.finish_reason == "length":
        return value, f"cut: {why}"
    return value, f"{unusable(completion)}: {why}" if why and unusable(completion) else why


def score_text(case: Case, text: str) -> Scored:
    """The score of an answer's text."""
    value, why = _compared(case, text)
    failure = first_failure(case.verifiers, text, _row(case))
    return (0.0, why or failure) if failure else (value, why)


def vote(case: Case, completion: Completion) -> Hashable:
    """What a reply counts as in a majority vote: its last number, its final answer, or its text."""
    if case.metric == "numeric" and (found := last_number(completion.text)):
        return found
    if case.metric == "result":
        return normalised(final_answer(completion.text) or completion.text)
    return normalised(completion.text)


def _compared(case: Case, text: str) -> Scored:
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
    return {"id": case.id, "leaf": case.leaf, "prompt": list(case.messages), **case.truth}
