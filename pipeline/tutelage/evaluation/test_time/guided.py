"""Step-guided resampling: an answer is kept up to its first wrong step, and drawn anew from there.

A search by a process verifier with a beam of one: only what is wrong is paid for again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.scoring import score_text
from tutelage.evaluation.test_time.pool import Drawing, Messages, Place, Sample, draw
from tutelage.evaluation.test_time.spend import Spend, spend_of
from tutelage.models.model import Model
from tutelage.verifiers.steps_check import StepsCheck


@dataclass(frozen=True, slots=True)
class Guided:
    """An answer after so many draws, and what all of them used."""

    text: str
    right: float
    used: Spend


def resample_steps(
    context: Context,
    model: Model,
    cases: Sequence[Case],
    pools: Sequence[Sequence[Sample]],
    rounds: int,
    drawing: Drawing,
    checks: StepsCheck,
) -> list[list[list[Guided]]]:
    """Of each question, for each of its answers, what it is after 0, 1, ... `rounds` draws more."""
    chains = [[[Guided(one.text, one.right, spend_of(one.usage))] for one in p] for p in pools]
    for number in range(1, rounds + 1):
        kept = {
            (at, chain): beginning
            for at, pool in enumerate(chains)
            for chain, states in enumerate(pool)
            if (beginning := right_beginning(cases[at], states[-1].text, checks)) is not None
        }

        def asked(place: Place, kept: dict[Place, str] = kept) -> Messages:
            return continuing(cases[place[0]], kept[place])

        found = draw(context, model, cases, list(kept), drawing, f"steps {number}", asked)
        for at, pool in enumerate(chains):
            for chain, states in enumerate(pool):
                drawn = found.get((at, chain))
                begun = kept.get((at, chain), "")
                states.append(_next(cases[at], states[-1], begun, drawn))
    return chains


def right_beginning(case: Case, answer: str, checks: StepsCheck) -> str | None:
    """The lines before the first wrong step; None where no step is wrong."""
    wrong = checks.first_wrong(answer, {"prompt": list(case.messages)})
    return None if wrong is None else answer[:wrong]


def continuing(case: Case, beginning: str) -> Messages:
    """The question, with the beginning of the answer where there is one: it is gone on with."""
    if not beginning:
        return case.messages
    return (*case.messages, {"role": "assistant", "content": beginning})


def _next(case: Case, before: Guided, beginning: str, drawn: Sample | None) -> Guided:
    if drawn is None:
        return before
    text = beginning + drawn.text.lstrip("\n")
    used = before.used + spend_of(drawn.usage)
    return replace(before, text=text, right=score_text(case, text).value, used=used)
