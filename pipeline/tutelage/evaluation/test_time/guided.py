"""Step-guided resampling: an answer is kept up to its first wrong step, and drawn anew from there.

A search by a process verifier with a beam of one: only what is wrong is paid for again. Which step
is wrong, arithmetic says, or a process reward model (`first_wrong`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.scoring import score_text
from tutelage.evaluation.test_time.first_wrong import StepFinder
from tutelage.evaluation.test_time.pool import Drawing, Messages, Place, Sample, draw
from tutelage.evaluation.test_time.spend import Spend, spend_of
from tutelage.models.model import Model


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
    finder: StepFinder,
) -> list[list[list[Guided]]]:
    """Of each question, for each of its answers, what it is after 0, 1, ... `rounds` draws more.

    What finding the wrong step costs is part of what an answer used.
    """
    chains = [[[Guided(one.text, one.right, spend_of(one.usage))] for one in p] for p in pools]
    fresh = [(at, chain) for at, pool in enumerate(chains) for chain in range(len(pool))]
    for number in range(1, rounds + 1):
        shown = [(cases[at], chains[at][chain][-1].text) for at, chain in fresh]
        wrong, each = finder.first_wrong(shown)
        kept = {
            place: text[:cut]
            for place, (_, text), cut in zip(fresh, shown, wrong, strict=True)
            if cut is not None
        }

        def asked(place: Place, kept: dict[Place, str] = kept) -> Messages:
            return continuing(cases[place[0]], kept[place])

        looked_at = set(fresh)
        found = draw(context, model, cases, list(kept), drawing, f"steps {number}", asked)
        for at, pool in enumerate(chains):
            for chain, states in enumerate(pool):
                drawn = found.get((at, chain))
                begun = kept.get((at, chain), "")
                before = states[-1]
                if (at, chain) in looked_at:
                    before = replace(before, used=before.used + each)
                states.append(_next(cases[at], before, begun, drawn))
        fresh = list(kept)
    return chains


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
