"""Likelihood: the answer that the model itself finds most likely, token by token."""

from collections.abc import Sequence
from math import exp

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.answer_likelihood import mean_log_probs
from tutelage.evaluation.cases import Case
from tutelage.evaluation.perplexity import readable
from tutelage.evaluation.test_time.choosers.chooser import Chooser, Means, Ratings
from tutelage.evaluation.test_time.choosers.text_scores import Shown, rate_texts
from tutelage.evaluation.test_time.pool import Sample
from tutelage.models.answered import answered_with
from tutelage.models.model import Model


class ByLikelihood(Chooser):
    """The mean log-probability of the answer's tokens, so that long answers are not punished."""

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """Only local weights say how likely a given text is."""
        for model in models:
            if why := readable(model):
                raise RecipeError(
                    f"test_time.choose: likelihood cannot be computed with model '{model.name}' "
                    f"({why}); leave it out, or name local weights"
                )

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """Mean log-probabilities; as weights, the geometric mean of the tokens' probabilities."""

        def score(shown: Shown) -> list[float]:
            answered = [answered_with(case.row, text) for case, text in shown]
            return mean_log_probs(model, answered)

        return rate_texts(context, cases, pools, score, exp)
