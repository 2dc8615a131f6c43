"""Looks at held-out prompts that sample and reward, without a loss that nobody reads."""

from typing import Any


class LooksAtRewards:
    """Stands before a trainer of TRL's that samples its answers.

    In an evaluation that runs the student over all answers once more, for a loss that says nothing
    of how good they are. With `beta` the distance from the reference is measured on the way, so
    there it stays.
    """

    def prediction_step(
        self: Any, model: Any, inputs: Any, prediction_loss_only: Any, ignore_keys: Any = None
    ) -> tuple[Any, Any, Any]:
        """Sample and reward; what was earned is logged by TRL."""
        if self.beta:
            found: tuple[Any, Any, Any] = super().prediction_step(  # type: ignore[misc]
                model, inputs, prediction_loss_only, ignore_keys
            )
            return found
        self._prepare_inputs(inputs)
        return None, None, None
