"""How often a judge prefers one model's answers to another's, with length controlled.

Judges like long answers. As AlpacaEval 2 does (Dubois et al. 2024, arXiv:2404.04475), a logistic
regression explains the verdicts by the difference in length, and the win rate is what it predicts
where there is none: logit P(win) = a + b tanh(d / sd(d)), with d the difference in characters. Its
term for the difficulty of an instruction is left out: it needs the verdicts on many models. A tie
counts as half a win (a fractional response, Papke and Wooldridge 1996). Where all verdicts agree a
plain regression has no finite answer; log-F(1, 1) priors on both coefficients keep it finite
(Greenland and Mansournia 2015, https://doi.org/10.1002/sim.6537).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, stdtrit

from tutelage.evaluation.statistics.intervals import Numbers

_LEVEL = 0.95
_STEPS = 25


@dataclass(frozen=True, slots=True)
class WinRate:
    """Wins of the second model over the first; `score` has length controlled, `raw` has not."""

    n: int
    wins: int
    ties: int
    losses: int
    raw: float
    score: float
    low: float
    high: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval leaves out 50%, where neither is preferred."""
        return not self.low <= 0.5 <= self.high


def win_rate(verdicts: Sequence[float], longer_by: Sequence[float]) -> WinRate:
    """From verdicts (1 a win, 0.5 a tie, 0 a loss) and by how much the judged answer is longer.

    The interval is Student's on the logit scale, from robust ("sandwich") standard errors.
    """
    won: Numbers = np.asarray(verdicts, dtype=float)
    lengths: Numbers = np.asarray(longer_by, dtype=float)
    spread = float(lengths.std())
    control = np.tanh(lengths / spread) if spread else np.zeros_like(lengths)
    given = np.column_stack([np.ones_like(won), control])
    found = _fit(given, won)
    error = math.sqrt(_robust_covariance(given, won, found)[0, 0])
    reach = float(stdtrit(max(1, len(won) - 2), (1 + _LEVEL) / 2)) * error
    return WinRate(
        n=len(won),
        wins=int((won == 1).sum()),
        ties=int((won == 0.5).sum()),
        losses=int((won == 0).sum()),
        raw=float(won.mean()),
        score=float(expit(found[0])),
        low=float(expit(found[0] - reach)),
        high=float(expit(found[0] + reach)),
    )


def _with_priors(given: Numbers, won: Numbers) -> tuple[Numbers, Numbers]:
    """log-F(1, 1) priors as data: for each coefficient one half-won comparison that it decides."""
    return np.vstack([given, np.eye(2)]), np.append(won, [0.5, 0.5])


def _fit(given: Numbers, won: Numbers) -> Numbers:
    """Newton's method; the priors keep the curvature away from zero."""
    x, y = _with_priors(given, won)
    beta = np.zeros(2)
    for _ in range(_STEPS):
        chance = expit(x @ beta)
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x
        step = np.linalg.solve(curvature, x.T @ (y - chance))
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return beta


def _robust_covariance(given: Numbers, won: Numbers, beta: Numbers) -> Numbers:
    x, y = _with_priors(given, won)
    chance = expit(x @ beta)
    bread = np.linalg.inv((x * (chance * (1 - chance))[:, None]).T @ x)
    scores = x * (y - chance)[:, None]
    return np.asarray(bread @ (scores.T @ scores) @ bread * len(y) / (len(y) - 2))
