"""Sampling for transformers: every request of a batch draws by itself.

Gumbel noise from each request's own seed is added and the maximum taken, which is a draw from the
softmax: an answer does not depend on which others share its batch.
"""

from collections.abc import Sequence
from typing import Any

from tutelage.models.chat import Request

_TOP_K = 200
"""Only the likeliest tokens are drawn from; at usual temperatures the rest hold next to nothing."""


class Draw:
    """Makes the greedy choice a draw at each request's own temperature, top-p and seed."""

    def __init__(self, requests: Sequence[Request]) -> None:
        import torch

        sampled = [n for n, r in enumerate(requests) if r.sampling.temperature > 0]
        settings = [requests[n].sampling for n in sampled]
        self._sampled = torch.tensor(sampled, dtype=torch.long)
        self._heat = torch.tensor([[setting.temperature] for setting in settings])
        self._nucleus = torch.tensor([[setting.top_p] for setting in settings])
        self._random = [
            torch.Generator(device="cpu").manual_seed(setting.seed) for setting in settings
        ]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores [batch, vocabulary] in which the drawn token alone is possible."""
        import torch

        if not self._random:
            return scores
        self._move(scores.device)
        top = min(_TOP_K, scores.shape[-1])
        values, tokens = scores[self._sampled].float().topk(top, dim=-1)
        values = values / self._heat
        shares = values.softmax(-1)
        values = values.masked_fill(shares.cumsum(-1) - shares >= self._nucleus, float("-inf"))
        uniform = torch.stack([torch.rand(top, generator=g) for g in self._random])
        noise = -torch.log(-torch.log(uniform.clamp(1e-9, 1 - 1e-7))).to(values.device)
        best = tokens.gather(1, (values + noise).argmax(-1, keepdim=True))
        drawn = torch.full_like(scores[self._sampled], float("-inf")).scatter(1, best, 0.0)
        scores = scores.clone()
        scores[self._sampled] = drawn
        return scores

    def _move(self, device: Any) -> None:
        """Bring the settings to where the scores are; after the first token they are there."""
        self._sampled = self._sampled.to(device)
        self._heat, self._nucleus = self._heat.to(device), self._nucleus.to(device)
