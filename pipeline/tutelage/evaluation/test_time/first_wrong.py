"""Where the first wrong step of an answer begins: by arithmetic, or by a trained process reward."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic
from typing import Protocol

from tutelage.contract.context import Context
from tutelage.evaluation.test_time.choosers.text_scores import Shown
from tutelage.evaluation.test_time.spend import Spend
from tutelage.judging.pairs.step_values import beginnings
from tutelage.models.answered import answered_with
from tutelage.verifiers.steps_check import StepsCheck

Found = tuple[list[int | None], Spend]
"""By answer where its first wrong step begins, None where there is none; what one answer cost."""


class StepFinder(Protocol):
    """Finds the first wrong step of each of many answers."""

    def first_wrong(self, shown: Shown) -> Found:
        """All answers in one go."""


@dataclass(frozen=True, slots=True)
class ArithmeticSteps:
    """Computes each arithmetic step again."""

    checks: StepsCheck

    def first_wrong(self, shown: Shown) -> Found:
        """Of an answer without arithmetic nothing is wrong."""
        found = [
            self.checks.first_wrong(text, {"prompt": list(case.messages)}) for case, text in shown
        ]
        return found, Spend()


@dataclass(frozen=True, slots=True)
class ProcessSteps:
    """The first line with which a process reward falls: more lead on from the line before.

    The reward model is one of steps, trained on `step_pairs`; it scores every beginning of an
    answer, as the chooser `process` does. The first line has none before it, so it is never wrong.
    """

    context: Context
    reward: Path

    def first_wrong(self, shown: Shown) -> Found:
        """The model is loaded for this and let go."""
        from tutelage.models.reward_scorer import reward_scores

        self.context.pool.release()  # one model is in memory at a time
        steps = [beginnings(text) for _, text in shown]
        every = [
            answered_with(case.row, one)
            for (case, _), mine in zip(shown, steps, strict=True)
            for one in mine
        ]
        began = monotonic()
        scores = iter(reward_scores(self.reward, every)) if every else iter(())
        each = Spend(seconds=(monotonic() - began) / max(1, len(shown)))
        return [_first_fall(mine, list(islice(scores, len(mine)))) for mine in steps], each


def _first_fall(steps: Sequence[str], scores: Sequence[float]) -> int | None:
    """Where the line begins with which the score falls first."""
    falls = (n for n, (before, after) in enumerate(pairwise(scores), 1) if after < before)
    number = next(falls, None)
    return None if number is None else steps[number].rfind("\n") + 1
