"""The score of a student from its log-loss: error = eps - k * exp(-gamma * loss).

The form of Gadre et al. 2024 (arXiv:2403.08540, section 3.2), with their sign: a lower loss on the
right answers goes with fewer wrong ones. Fitted over a grid of gamma, the rest by least squares.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

_GAMMAS = np.geomspace(0.05, 10, 60)
_FEWEST = 4


def loss_law(losses: Sequence[float], errors: Sequence[float]) -> dict[str, Any] | None:
    """eps, k, gamma, and the rank correlation of loss and error; None of fewer than four pairs.

    None too where all losses or all errors are the same, which tells nothing.
    """
    if len(losses) < _FEWEST or np.ptp(losses) == 0 or np.ptp(errors) == 0:
        return None
    x, y = np.asarray(losses, dtype=float), np.asarray(errors, dtype=float)
    best: dict[str, Any] = {}
    for gamma in _GAMMAS:
        terms = np.column_stack([np.ones_like(x), -np.exp(-gamma * (x - x.min()))])
        (eps, k), *_ = np.linalg.lstsq(terms, y, rcond=None)
        off = float(np.sqrt(np.mean((terms @ np.array([eps, k]) - y) ** 2)))
        if not best or off < best["off"]:
            best = {"eps": float(eps), "k": float(k), "gamma": float(gamma), "off": off}
    ranks = np.corrcoef(x.argsort().argsort(), y.argsort().argsort())[0, 1]
    return best | {"least_loss": float(x.min()), "rank_correlation": float(ranks)}
