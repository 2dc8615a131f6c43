"""Majority: the answer that most of the attempts give (self-consistency, Wang et al. 2022)."""

from collections.abc import Sequence

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.chooser import Chooser, Means, Ratings
from tutelage.evaluation.test_time.extraction import can_vote
from tutelage.evaluation.test_time.pool import Sample
from tutelage.models.model import Model


class ByMajority(Chooser):
    """Every answer weighs the same."""

    votes_alone = True

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """Free texts are never the same twice, so nothing can be counted."""
        for case in cases:
            if not can_vote(case):
                raise RecipeError(
                    f"test_time.choose: majority counts equal answers, and those of '{case.leaf}' "
                    "are free text; leave majority out, or name other leaves in "
                    "`test_time.leaves`"
                )

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """The same for all."""
        return [Ratings((1.0,) * len(pool), (1.0,) * len(pool)) for pool in pools]
