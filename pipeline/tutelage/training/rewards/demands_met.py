"""The reward of ground truth: the share of the leaf's and the row's demands that are satisfied."""

from collections.abc import Sequence

from tutelage.core.artifacts import Row
from tutelage.training.rewards.reward_term import RewardTerm, Rollout, Scorer, Scoring
from tutelage.verifiers.ground_truth import row_demands, score_answer
from tutelage.verifiers.verifier import Verifier


class DemandsMet(RewardTerm):
    """The mean score over the verifiers of the row's leaf and of the row's own ground truth."""

    def unfit(self, row: Row) -> str | None:
        """Without a demand every answer would be right."""
        return None if row_demands(row) else "no ground truth"

    def scorer(self, scoring: Scoring) -> Scorer:
        """By verifiers that are built once for each row."""
        built: dict[str, tuple[Verifier, ...]] = {}

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            found: list[float | None] = []
            for one in rollouts:
                row = one.row
                demands = built.setdefault(row["id"], row_demands(row))
                value = score_answer(demands, one.text, row, one.thoughts).value
                found.append(value if demands else None)
            return found

        return score
