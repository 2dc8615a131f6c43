"""Stops a training that is going wrong, and says at which step, with which rows, what is left."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from tutelage.core.errors import StageError
from tutelage.training.checkpoints import last_whole

_IN_A_ROW = 3
"""Steps above the ceiling after which a loss has exploded."""
_ROWS_NAMED = 16
_WINDOW = 10
"""Steps whose mean loss is compared."""
_WORSE = 1.1, 0.05
"""A loss that is this much above another, as a factor and beside it, is worse beyond noise."""
_LOST = 0.8
"""Of what a training had gained: a model that lost so much again has not recovered."""


class LossMonitor:
    """Watches the loss of every step; raises StageError where it is no number or has exploded."""

    def __init__(self, work: Path, ceiling: float, rate: float) -> None:
        self._work, self._ceiling, self._rate = work, ceiling, rate
        self._above = 0
        self._losses: list[tuple[int, float]] = []

    def finite(self, name: str, value: float, step: int, ids: Sequence[str]) -> None:
        """Raise where `value` is NaN or infinite."""
        if not math.isfinite(value):
            self._stop(f"the {name} is {value} at step {step}", ids)

    def below_ceiling(self, loss: float, step: int, ids: Sequence[str]) -> None:
        """Raise where the loss stays above what no sound training reaches."""
        self._losses.append((step, loss))
        self._above = self._above + 1 if loss > self._ceiling else 0
        if self._above >= _IN_A_ROW:
            self._stop(
                f"the loss has exploded: {loss:.4g} at step {step}, above {self._ceiling:.4g} for "
                f"{_IN_A_ROW} steps",
                ids,
            )

    def still_alive(self, before: float, after: float) -> str | None:
        """Compare the loss on the same rows before and after training; raise StageError if worse.

        In words where it is better than before, and yet most of what was gained was lost again.
        """
        factor, beside = _WORSE
        if not after <= factor * before + beside:
            raise StageError(
                "the training has harmed the student: on rows that it was trained on, the loss "
                f"rose from {before:.4g} to {after:.4g}{self._jump()}. It was not saved; try a "
                f"lower learning_rate than {self._rate:g}"
            )
        means = [
            sum(loss for _, loss in self._losses[at : at + _WINDOW]) / _WINDOW
            for at in range(len(self._losses) - _WINDOW + 1)
        ]
        best = min(means, default=before)
        if after <= factor * best + beside or after - best <= _LOST * (before - best):
            return None
        return (
            f"the loss has not recovered: from {before:.4g} it had come down to {best:.4g}, and is "
            f"{after:.4g} at the end{self._jump()}. Try a lower learning_rate than {self._rate:g}"
        )

    def _jump(self) -> str:
        """The largest rise from one step to the next, in words."""
        rises = [(b - a, step, a, b) for (_, a), (step, b) in itertools.pairwise(self._losses)]
        rise, step, low, high = max(rises, default=(0.0, 0, 0.0, 0.0))
        return f" (at step {step} it jumped from {low:.4g} to {high:.4g})" if rise > 0 else ""

    def _stop(self, what: str, ids: Sequence[str]) -> None:
        named = ", ".join(ids[:_ROWS_NAMED]) + (", ..." if len(ids) > _ROWS_NAMED else "")
        good = last_whole(self._work)
        kept = f"the last good checkpoint is {good}" if good else "no checkpoint was saved before"
        rows = f"; rows {named}" if ids else ""
        raise StageError(
            f"{what}{rows}; {kept}. Look at these rows, or try a lower learning_rate than "
            f"{self._rate:g}"
        )


def guessing(vocabulary: int) -> float:
    """The loss of guessing every token."""
    return math.log(vocabulary)
