"""Judge: a generative verifier, which reasons about each answer and then grades it.

Several verdicts on one answer are averaged (Zhang et al. 2024, arXiv:2408.15240).
"""

from collections.abc import Sequence

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.chooser import Chooser, Means, Ratings
from tutelage.evaluation.test_time.pool import Sample
from tutelage.evaluation.test_time.spend import mean_spend, spend_of
from tutelage.judging.grading import Item, check_grading, grade
from tutelage.judging.rubric import load_rubric
from tutelage.judging.shown import shown
from tutelage.models.model import Model


class ByJudge(Chooser):
    """The mean grade, as a share of the scale; an answer without a readable verdict has none."""

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """There must be a judge, and a rubric that grades."""
        if not means.has_judge:
            raise RecipeError("test_time.choose: judge needs `judge: a model`")
        check_grading(load_rubric(means.settings.rubric))

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """Grades from 0 (the lowest, or none that could be read) to 1."""
        assert means.judge is not None
        rubric = load_rubric(means.settings.rubric)
        items = [
            Item(f"{at}/{number}", case.leaf, *shown(case.row, one.text))
            for at, (case, pool) in enumerate(zip(cases, pools, strict=True))
            for number, one in enumerate(pool)
        ]
        votes = grade(context, means.judge, rubric, items, means.settings.votes)
        found = []
        for at, pool in enumerate(pools):
            mine = [votes[f"{at}/{number}"] for number in range(len(pool))]
            scores = tuple(one.share(rubric) or 0.0 for one in mine)
            each = mean_spend(spend_of(one.usage) for one in mine)
            found.append(Ratings(scores, scores, each))
        return found
