"""Stops a training that is going wrong, and says at which step, with which rows, what is left."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage.core.errors import StageError
from tutelage.training.checkpoints import last_whole

_IN_A_ROW = 3
"""Steps above the ceiling after which a loss has exploded."""
_ROWS_NAMED = 16


class LossMonitor:
    """Watches the loss of every step; raises StageError where it is no number or has exploded."""

    def __init__(self, work: Path, ceiling: float, rate: float) -> None:
        self._work, self._ceiling, self._rate = work, ceiling, rate
        self._above = 0

    def finite(self, name: str, value: float, step: int, ids: Sequence[str]) -> None:
        """Raise where `value` is NaN or infinite."""
        if not math.isfinite(value):
            self._stop(f"the {name} is {value} at step {step}", ids)

    def below_ceiling(self, loss: float, step: int, ids: Sequence[str]) -> None:
        """Raise where the loss stays above what no sound training reaches."""
        self._above = self._above + 1 if loss > self._ceiling else 0
        if self._above >= _IN_A_ROW:
            self._stop(
                f"the loss has exploded: {loss:.4g} at step {step}, above {self._ceiling:.4g} for "
                f"{_IN_A_ROW} steps",
                ids,
            )

    def _stop(self, what: str, ids: Sequence[str]) -> None:
        named = ", ".join(ids[:_ROWS_NAMED]) + (", ..." if len(ids) > _ROWS_NAMED else "")
        good = last_whole(self._work)
        kept = f"the last good checkpoint is {good}" if good else "no checkpoint was saved before"
        raise StageError(
            f"{what}; rows {named}; {kept}. Look at these rows, or try a lower learning_rate than "
            f"{self._rate:g}"
        )


def sft_ceiling(model: Any) -> float:
    """Twice the loss of guessing every token, ln(vocabulary)."""
    return 2 * math.log(model.config.get_text_config().vocab_size)


def dpo_ceiling(model: Any, sft_weight: float, losses: Sequence[str]) -> float:
    """Ten times the loss that DPO begins with, ln 2; none for losses on another scale."""
    if losses[0] != "sigmoid":
        return math.inf
    return 10 * math.log(2) + sft_weight * sft_ceiling(model)
