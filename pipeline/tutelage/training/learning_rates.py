"""Default learning rates, by method, size and batch, between points that others published.

Full SFT: 1e-3 for SmolLM2 of 135M and 360M at 128 rows a step (Hugging Face's alignment handbook),
2e-5 for a Llama of 7B (LAB, arXiv:2403.01081). Full DPO: 1e-6 for SmolLM2 (the same handbook), 3e-7
at 340B (Nemotron-4, arXiv:2406.11704, the upper end of its range). Between them a power law in the
number of parameters. With fewer rows in a step the gradient is noisier, and Adam's rate shrinks
with the square root (Malladi et al. 2022, arXiv:2205.10287); that holds for SFT here, while DPO's
rate bounds how far the student may move from its reference. Adapters take ten times the rate
(Schulman and Thinking Machines 2025, "LoRA Without Regret").
"""

import math
from dataclasses import dataclass

_SMALL = 250e6
"""Parameters at the lower point, between the two SmolLM2."""
_ROWS = 128
_ADAPTER = 10
_BETA_SMALL, _BETA = 0.5, 0.1
_BETA_UNDER = 1e9


@dataclass(frozen=True, slots=True)
class PublishedRates:
    """Peak learning rates that others published for a method, at two sizes of a model."""

    small: float
    """At 250M parameters, with 128 rows a step."""
    large_parameters: float
    large: float
    """At `large_parameters`."""
    shrinks_with_rows: bool = False
    """Whether fewer rows a step take a smaller rate."""

    def peak(self, parameters: int, rows: int, *, adapter: bool) -> float:
        """For a model, with `rows` a step."""
        slope = math.log(self.small / self.large) / math.log(self.large_parameters / _SMALL)
        rate = self.small * (_SMALL / max(parameters, _SMALL)) ** slope
        if self.shrinks_with_rows:
            rate *= math.sqrt(min(rows, _ROWS) / _ROWS)
        # Two digits, so that what is logged and shown is what was used.
        return float(f"{rate * (_ADAPTER if adapter else 1):.1e}")


def default_beta(parameters: int) -> float:
    """DPO's beta: 0.5 for small models (SmolLM2's recipe), else the paper's 0.1."""
    return _BETA_SMALL if parameters < _BETA_UNDER else _BETA
