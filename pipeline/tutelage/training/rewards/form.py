"""The reward of form: demands on how an answer is written, whatever it says."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from tutelage.training.rewards.reward_term import Looked, RewardTerm, Rollout, Scorer, Scoring
from tutelage.verifiers.verifier import build_verifiers, score_answer


class FormReward(RewardTerm):
    """The mean score over verifiers given here: `{form: {verify: [{regex: ...}], weight: 0.2}}`."""

    judges_content: ClassVar[bool] = False

    verify: list[Any] = Field(min_length=1)
    """The demands, written as in a leaf."""
    of: Looked = "answer"
    """What they are made on: the answer, or `all`, with its thoughts and the marks around them:
    `{form: {of: all, verify: [{regex: "(?s)<think>.+</think>.+"}]}}` is R1's reward of format."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        build_verifiers(self.verify, "form.verify")
        return self

    def scorer(self, scoring: Scoring) -> Scorer:
        """By the same verifiers for every row."""
        demands = build_verifiers(self.verify, "form.verify")

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            return [
                score_answer(demands, one.part(self.of), one.row, one.thoughts).value
                for one in rollouts
            ]

        return score
