"""Reward: the score of a reward model, whose weaknesses show the more answers it chooses from."""

from collections.abc import Sequence
from pathlib import Path

from scipy.special import expit

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.chooser import Chooser, Means, Ratings
from tutelage.evaluation.test_time.choosers.text_scores import Shown, rate_texts
from tutelage.evaluation.test_time.pool import Sample
from tutelage.models.answered import answered_with
from tutelage.models.model import Model
from tutelage.models.reward_scorer import check_reward_model


class ByReward(Chooser):
    """A sequence classifier with one output, as the `reward` stage makes it."""

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """There must be one."""
        if not means.has_reward:
            raise RecipeError(
                "test_time: reward and process need a reward model: `reward_model: name`, "
                "the name of a `use: reward` stage or of a model"
            )
        if means.reward is not None:
            check_reward_model(means.reward)

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
            lambda shown: self.scores(reward, shown),
            lambda score: float(expit(score)),
            self.text,
        )

    def text(self, one: Sample) -> str:
        """What of an answer is scored."""
        return one.text

    def scores(self, reward: Path, shown: Shown) -> Sequence[float]:
        """The score of each answer by the reward model in a folder."""
        from tutelage.models.reward_scorer import reward_scores

        return reward_scores(reward, [answered_with(case.row, text) for case, text in shown])
