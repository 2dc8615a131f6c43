"""A demand on reasoning: each arithmetic step comes out as stated, and the answer follows."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import regex
from pydantic import Field

from tutelage.core.artifacts import question_of
from tutelage.verifiers.arithmetic_steps import ArithmeticStep, arithmetic_steps
from tutelage.verifiers.numeric import last_number
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import Verifier

_NUMBER = regex.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


class StepsCheck(Verifier):
    """Each `a + b = c` in the answer, and in the thoughts before it where they stand apart, is
    right when computed again; no right answer is needed."""

    fewest: int = Field(1, ge=0)
    """Steps that there must be; an answer with fewer scores 0."""
    result: bool = True
    """The last number of the answer is the result of its last step."""
    known_numbers: bool = False
    """Each number in a step stands in the question, or is the result of an earlier step."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of steps (and of the answer that follows from them) that is right."""
        answer = worked_out(str(row.get("reasoning") or ""), answer)
        steps = arithmetic_steps(answer)
        if len(steps) < self.fewest:
            return Score(0.0, f"holds {len(steps)} arithmetic steps where {self.fewest} are wanted")
        found = [*self._of_steps(steps, row), *self._of_result(steps, answer)]
        wrong = [problem for problem in found if problem]
        if not found:
            return Score(1.0)
        return Score.share(len(found) - len(wrong), len(found), next(iter(wrong), None))

    def first_wrong(self, answer: str, row: Mapping[str, Any]) -> int | None:
        """Where the line with the first wrong step begins; None where all steps are right."""
        steps = arithmetic_steps(answer)
        problems = self._of_steps(steps, row)
        found = (step.start for step, problem in zip(steps, problems, strict=True) if problem)
        return next(found, None)

    def _of_steps(
        self, steps: list[ArithmeticStep], row: Mapping[str, Any]
    ) -> Iterator[str | None]:
        known = set(_numbers_in(question_of(row) or "")) if self.known_numbers else None
        for step in steps:
            yield step.problem or _unknown(step, known)
            if known is not None:
                known |= {step.stated, step.value}

    def _of_result(self, steps: list[ArithmeticStep], answer: str) -> Iterator[str | None]:
        if not (self.result and steps):
            return
        last = last_number(answer)
        stated = float(steps[-1].stated)
        same = last is not None and abs(last[0] - stated) <= 1e-9 * max(1.0, abs(stated))
        yield None if same else f"ends with another number than its last step, {stated:g}"


def worked_out(thoughts: str, answer: str) -> str:
    """An answer below the thoughts that led to it, where they stand apart."""
    return f"{thoughts}\n{answer}" if thoughts else answer


def _unknown(step: ArithmeticStep, known: set[Fraction] | None) -> str | None:
    """The first number of a step that comes from nowhere."""
    if known is None:
        return None
    number = next((one for one in step.numbers if one not in known), None)
    return None if number is None else f"{step.text}: {float(number):g} stands nowhere before it"


def _numbers_in(text: str) -> Iterator[Fraction]:
    for number in _NUMBER.findall(text):
        yield Fraction(number.replace(",", ""))
