"""The reward of a judge: its grade by a rubric, the scale's best being 1."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field, model_validator

from tutelage.judging.grading import check_grading
from tutelage.judging.rubric import RubricFile, load_rubric
from tutelage.training.rewards.reward_term import RewardTerm, Rollout, Scorer, Scoring


class JudgeReward(RewardTerm):
    """A judge's grade of the answer, from 0 to 1 along the rubric's scale."""

    needs: ClassVar[str] = "judge"

    rubric: RubricFile = "pair"
    """A rubric with a scale, by name or as a file beside the recipe."""

    votes: int = Field(1, gt=0)
    """Verdicts on each answer; their mean counts."""

    @model_validator(mode="after")
    def _can_grade(self) -> Any:
        check_grading(load_rubric(self.rubric))
        return self

    def scorer(self, scoring: Scoring) -> Scorer:
        """Through the judge of the stage."""
        ask = scoring.judge
        assert ask is not None  # the stage refuses to start without one

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            return ask(self.rubric, rollouts, self.votes)

        return score
