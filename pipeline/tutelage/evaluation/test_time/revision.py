"""Sequential revision: an answer is put to its model again, to check it and to answer anew."""

from collections.abc import Sequence

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.pool import Drawing, Messages, Place, Sample, draw
from tutelage.models.model import Model

ASKED = (
    "Check this answer step by step. If something is wrong, answer again in full and in the same "
    "form, with the mistake corrected; if all of it is right, repeat the answer."
)
_NOTHING = "(no answer)"
Chain = list[Sample]
"""An answer of the pool, then each revision of it."""


def revise(
    context: Context,
    model: Model,
    cases: Sequence[Case],
    pools: Sequence[Sequence[Sample]],
    rounds: int,
    drawing: Drawing,
) -> list[list[Chain]]:
    """Chains of each question: so many of its answers, each revised so many times.

    A revision sees the question and the answer before it, not the ones before that: prompts stay
    short, and so does what a wrong beginning can do.
    """
    chains = [[[one] for one in pool] for pool in pools]
    for number in range(1, rounds + 1):
        places = [(at, chain) for at, pool in enumerate(chains) for chain in range(len(pool))]

        def asked(place: Place) -> Messages:
            at, chain = place
            return revising(cases[at], chains[at][chain][-1].text)

        found = draw(context, model, cases, places, drawing, f"revision {number}", asked)
        for (at, chain), answer in found.items():
            chains[at][chain].append(answer)
    return chains


def revising(case: Case, answer: str) -> Messages:
    """What the model is asked for a revision of an answer."""
    return (
        *case.messages,
        {"role": "assistant", "content": answer.strip() or _NOTHING},
        {"role": "user", "content": ASKED},
    )
