"""Groups whose answers all earn the same, left out of a step of GRPO.

Such a group has no advantage, so no gradient; but its tokens are among those that TRL's loss is
divided by, and so make the step smaller, and its answers go through the student as all others do.
DAPO samples until it has enough other groups (arXiv:2503.14476, section 3.2); here the step is of
those that it has, and costs what they cost.
"""

from typing import Any

import torch

_LOSSES = ("dapo", "cispo")
"""Losses that are divided by the tokens of a step, so that answers can be left out of it."""
_NONE = 1e-3
"""Advantages below it are rounding: of equal rewards TRL makes 6e-4 at most."""


class LeavesOutLevelGroups:
    """Stands before TRL's GRPO trainer."""

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        made = super()._generate_and_score_completions(inputs)  # type: ignore[misc]
        return self._of_mixed_groups(made) if self._can_leave_out() else made

    def _can_leave_out(self: Any) -> bool:
        """Whether an answer without an advantage changes nothing."""
        held = self.beta or self.entropy_coef or self.use_adaptive_entropy
        return bool(self.model.training and self.loss_type in _LOSSES and not held)

    def _of_mixed_groups(self: Any, made: dict[str, Any]) -> dict[str, Any]:
        """The answers that have an advantage, and as many others as make all micro-batches, on all
        devices, of one size; no fewer than a group, as the entropy of a token is measured on them.
        """
        gather, size = self.accelerator.gather, self.num_generations
        counts = made["advantages"].abs() > _NONE
        mixed = gather(counts).view(-1, size).any(1)
        tokens = gather(made["completion_mask"].sum(1)).view(-1, size)
        parts = self.args.steps_per_generation
        most = max(size, int(gather(counts.sum()[None]).max()))
        order = counts.int().argsort(descending=True, stable=True)
        kept = order[: -(-most // parts) * parts]
        found = {name: value[kept] for name, value in _rows_of(made).items()}
        return made | found | {"num_items_in_batch": tokens[mixed].sum()}


def _rows_of(made: dict[str, Any]) -> dict[str, torch.Tensor]:
    """What of a step has a line for each answer."""
    count = len(made["advantages"])
    tensors = {name: one for name, one in made.items() if isinstance(one, torch.Tensor)}
    return {name: one for name, one in tensors.items() if one.dim() and len(one) == count}
