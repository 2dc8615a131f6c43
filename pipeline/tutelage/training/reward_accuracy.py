"""How good a reward model is: the held-out pairs that it ranks correctly, and what length
explains."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tutelage.core.artifacts import Row
from tutelage.core.text import count_words
from tutelage.training.training_log import write_line

_SUSPECT = 0.05
"""By how much a reward model must beat "the longer one is better" not to be suspected of it."""


@dataclass(frozen=True, slots=True)
class RewardAccuracy:
    """The share of pairs that a reward model ranks correctly, and what it is compared with."""

    pairs: int
    accuracy: float
    """Pairs whose chosen answer has the higher score; equal scores count as half."""
    low: float
    high: float
    """The 95% interval of the accuracy (Wilson)."""
    longer_wins: float
    """What always preferring the answer of more words would rank right."""
    length_correlation: float | None
    """Pearson's r of score and words over all answers; None where either never varies."""
    by_leaf: dict[str, tuple[float, int]]
    """The accuracy and the pairs of each leaf."""

    def in_words(self) -> str:
        """One line for the user."""
        text = (
            f"ranks {self.accuracy:.0%} of {self.pairs} pairs held back right (95% interval "
            f"{self.low:.0%} to {self.high:.0%}); the longer answer is right in "
            f"{self.longer_wins:.0%}"
        )
        if self.length_correlation is not None:
            text += f"; score and length correlate by {self.length_correlation:+.2f}"
        if len(self.by_leaf) > 1:
            each = (f"{leaf} {share:.0%} of {n}" for leaf, (share, n) in self.by_leaf.items())
            text += f"; by leaf: {', '.join(each)}"
        if self.longer_wins > 0.5 and self.accuracy < self.longer_wins + _SUSPECT:
            text += ". That is hardly more than length explains: balance the pairs' lengths"
        return text


def reward_accuracy(pairs: Sequence[Row], scores: Sequence[tuple[float, float]]) -> RewardAccuracy:
    """Figures of pairs with the scores of their chosen and rejected answers."""
    from scipy.stats import binomtest

    words = [tuple(_words(pair[side]) for side in ("chosen", "rejected")) for pair in pairs]
    wins = [_wins(chosen, rejected) for chosen, rejected in scores]
    right = sum(wins)
    interval = binomtest(math.floor(right), len(pairs)).proportion_ci(0.95, "wilson")
    return RewardAccuracy(
        pairs=len(pairs),
        accuracy=right / len(pairs),
        low=min(float(interval.low), right / len(pairs)),
        high=max(float(interval.high), right / len(pairs)),
        longer_wins=sum(_wins(*both) for both in words) / len(pairs),
        length_correlation=_correlation(
            [score for both in scores for score in both], [float(n) for both in words for n in both]
        ),
        by_leaf=_by_leaf(pairs, wins),
    )


class ReportAccuracy(TrainerCallback):
    """Measures the reward model that training ends with."""

    def __init__(self, folder: Path, pairs: list[Row], tokens: list[dict[str, Any]]) -> None:
        self._folder, self._pairs, self._tokens = folder, pairs, tokens

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> None:
        """Score the pairs held back and log the figures."""
        if not state.is_world_process_zero:
            return
        scores = [
            (_score(model, one["chosen_ids"]), _score(model, one["rejected_ids"]))
            for one in self._tokens
        ]
        found = reward_accuracy(self._pairs, scores)
        line = {"step": state.global_step, "finding": found.in_words()}
        write_line(self._folder, line | {"reward_model": asdict(found)})


def _score(model: Any, tokens: Sequence[int]) -> float:
    import torch

    model.eval()
    with torch.inference_mode():
        ids = torch.tensor([list(tokens)], device=model.device)
        return float(model(input_ids=ids).logits[0, 0])


def _wins(one: float, other: float) -> float:
    return 0.5 if one == other else float(one > other)


def _words(turns: Sequence[dict[str, Any]]) -> int:
    return count_words(str(turns[-1].get("content") or ""))


def _by_leaf(pairs: Sequence[Row], wins: Sequence[float]) -> dict[str, tuple[float, int]]:
    found: dict[str, list[float]] = {}
    for pair, win in zip(pairs, wins, strict=True):
        found.setdefault(str(pair.get("leaf", "*")), []).append(win)
    return {leaf: (sum(each) / len(each), len(each)) for leaf, each in sorted(found.items())}


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    import numpy as np

    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return float(np.corrcoef(one, other)[0, 1])
