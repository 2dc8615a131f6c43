"""The reward of a reward model: its score, set to a scale that other terms can stand beside."""

import math
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tutelage.models.answered import answered_with
from tutelage.training.rewards.reward_term import RewardTerm, Rollout, Scorer, Scoring


class ByRewardModel(RewardTerm):
    """The reward model's score through a logistic curve: 0 is 0.5, each `unit` is one logit.

    So it stays between 0 and 1 as other terms do, and what is far above the scores that it was
    trained on earns hardly more (Wang et al. 2024, arXiv:2402.00742).
    """

    needs: ClassVar[str] = "reward_model"

    unit: float = Field(1.0, gt=0, allow_inf_nan=False)
    """What a difference of one logit is in the model's own scores."""
    other_tokenizer: bool = False
    """Take a reward model that has not the student's tokens: answers are then written anew by its
    own, which is right where its chat template means the same."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """By the reward model of the stage, loaded once."""
        from tutelage.models.reward_scorer import RewardScorer

        assert scoring.reward_model is not None  # the stage refuses to start without one
        model = RewardScorer(scoring.reward_model)

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            found = model.scores([answered_with(one.row, one.text) for one in rollouts])
            return [1 / (1 + math.exp(-max(-50.0, min(50.0, one / self.unit)))) for one in found]

        return score
