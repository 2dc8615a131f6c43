"""Reward-aware preference optimisation: DPO whose pairs count by how much better `chosen` is.

RPO (Nemotron-4 340B, arXiv:2406.11704, section 3.3.2) draws the margin that the student implies, x,
towards the one that rewards have, eta * (r_chosen - r_rejected). Its distance here is the KL
divergence between the two Bernoulli distributions. With p = sigmoid(eta * (r_chosen - r_rejected))
that is, but for the entropy of p, which no weight changes,

    -p log sigmoid(x) - (1 - p) log sigmoid(-x)  =  -log sigmoid(x) + (1 - p) x

so it is TRL's own sigmoid loss and one more term, from the same pass of the student.
"""

from collections.abc import Callable
from typing import Any

import torch

MARGIN, FLIPPED = "margin", "flipped"


class WithMargins:
    """A collator of pairs that also says of each how likely it is the other way round, 1 - p."""

    def __init__(self, collator: Callable[[list[Any]], Any], scale: float) -> None:
        self._collator, self._scale = collator, scale

    def __call__(self, pairs: list[dict[str, Any]]) -> dict[str, Any]:
        """A batch as TRL takes it, with `flipped`, a number for each pair."""
        margins = torch.tensor([pair[MARGIN] for pair in pairs], dtype=torch.float32)
        return {**self._collator(pairs), FLIPPED: torch.sigmoid(-self._scale * margins)}


class KeepsLogProbs:
    """Stands for the student in TRL's loss, and keeps the log-probabilities that it gave."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._log_probs: Any = None

    def __call__(self, **given: Any) -> Any:
        """What the student says."""
        made = self._model(**given)
        self._log_probs = made.log_probs
        return made

    def softening(self, inputs: dict[str, Any], flipped: Any, beta: float) -> Any:
        """The mean of (1 - p) x over the pairs; what TRL's sigmoid loss lacks."""
        length = inputs["completion_mask"].shape[1] - 1
        chosen, rejected = self._log_probs[:, -length:].sum(1).chunk(2)
        student = chosen - rejected
        start = inputs["ref_chosen_logps"] - inputs["ref_rejected_logps"]
        return (flipped * beta * (student - start)).mean()
