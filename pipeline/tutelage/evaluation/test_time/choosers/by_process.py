"""Process: a reward model that judges steps; an answer is as good as its worst step."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from scipy.special import expit

from tutelage.contract.context import Context
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.by_reward import ByReward
from tutelage.evaluation.test_time.choosers.chooser import Means, Ratings
from tutelage.evaluation.test_time.choosers.text_scores import Shown, rate_texts
from tutelage.evaluation.test_time.pool import Sample
from tutelage.judging.pairs.step_values import beginnings
from tutelage.models.model import Model


class ByProcess(ByReward):
    """The lowest score over the beginnings of an answer, as `step_pairs` teaches to score them.

    The minimum, as in Math-Shepherd (arXiv:2312.08935, section 3.4).
    """

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """Bradley-Terry scores; as weights, their logistic function."""
        assert means.reward is not None
        reward = means.reward
        return rate_texts(
            context,
            cases,
            pools,
            lambda shown: _lowest(reward, shown),
            lambda score: float(expit(score)),
        )


def _lowest(reward: Path, shown: Shown) -> list[float]:
    """Of each answer, over its beginnings."""
    from tutelage.models.reward_scorer import reward_scores

    steps = [beginnings(text) or [text] for _, text in shown]
    every = [(turns, one) for (turns, _), mine in zip(shown, steps, strict=True) for one in mine]
    scores = iter(reward_scores(reward, every))
    return [min(islice(scores, len(mine))) for mine in steps]
