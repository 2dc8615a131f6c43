"""Process: a reward model that judges steps; an answer is as good as its worst step."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tutelage.evaluation.test_time.choosers.by_reward import ByReward
from tutelage.evaluation.test_time.choosers.text_scores import Shown
from tutelage.evaluation.test_time.pool import Sample
from tutelage.judging.pairs.step_values import beginnings


class ByProcess(ByReward):
    """The lowest score over the beginnings of an answer, as `step_pairs` teaches to score them.

    The minimum, as in Math-Shepherd (arXiv:2312.08935, section 3.4).
    """

    def text(self, one: Sample) -> str:
        """Thoughts too: that is where steps are."""
        return one.worked

    def scores(self, reward: Path, shown: Shown) -> Sequence[float]:
        """Of each answer the lowest score over its beginnings."""
        steps = [beginnings(text) or [text] for _, text in shown]
        every = [(case, one) for (case, _), mine in zip(shown, steps, strict=True) for one in mine]
        found = iter(super().scores(reward, every))
        return [min(islice(found, len(mine))) for mine in steps]
