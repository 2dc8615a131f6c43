"""The reward of brevity: full up to a length, then falling."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tutelage.core.text import count_words
from tutelage.training.rewards.reward_term import Looked, RewardTerm, Rollout, Scorer, Scoring


class Short(RewardTerm):
    """1 up to `words`, then falling evenly to 0 at twice as many.

    Against answers that grow while they earn no more, the first sign of a reward that is hacked
    (overlong reward shaping, DAPO, arXiv:2503.14476, section 3.4).
    """

    judges_content: ClassVar[bool] = False

    words: int = Field(gt=0)
    """Words that an answer may have at no loss."""
    of: Looked = "answer"
    """What is counted: the answer, or `all`, its thoughts included."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """By counting."""

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            over = [count_words(one.part(self.of)) / self.words - 1 for one in rollouts]
            return [min(1.0, max(0.0, 1 - share)) for share in over]

        return score
