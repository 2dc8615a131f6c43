"""Holding the student to where it started: on replayed rows it keeps its own distribution.

The divergence is the forward one, KL(start || student), of each token that counts (knowledge
distillation, Hinton et al. 2015, arXiv:1503.02531; as a regulariser, Li and Hoiem 2016, "Learning
without forgetting", arXiv:1606.09282): a replayed text says what is likely at each of its tokens,
not only which token was drawn.
"""

import copy
from typing import Any

import torch
from torch.nn import functional

from tutelage.training.encoder import IGNORED


class Start:
    """The student as it was, which is asked and never trained."""

    def __init__(self, model: Any, *, half: bool) -> None:
        """Copies the model; weights are halves where training multiplies in bfloat16."""
        self._model = copy.deepcopy(model).requires_grad_(False).eval()
        if half:
            self._model.to(torch.bfloat16)

    def divergence(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """The divergences of all tokens with a label, summed, in nats; a scalar."""
        labels = inputs["labels"]
        asked = {name: value for name, value in inputs.items() if name != "labels"}
        counts = labels[:, 1:] != IGNORED
        with torch.no_grad():
            before = self._on(labels.device)(**asked, use_cache=False).logits[:, :-1][counts]
        now = model(**asked, use_cache=False).logits[:, :-1][counts]
        return functional.kl_div(
            now.float().log_softmax(-1),
            before.float().log_softmax(-1),
            log_target=True,
            reduction="sum",
        )

    def _on(self, device: torch.device) -> Any:
        return self._model.to(device)
