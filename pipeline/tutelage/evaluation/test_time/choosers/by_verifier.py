"""Verifier: checks that need no right answer, such as steps that are computed again."""

from collections.abc import Sequence

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.chooser import Chooser, Means, Ratings
from tutelage.evaluation.test_time.pool import Sample
from tutelage.models.model import Model
from tutelage.verifiers.verifier import (
    Verifier,
    build_verifiers,
    leaf_verifiers,
    score_answer,
)


class ByVerifier(Chooser):
    """The mean score over the stage's own checks and the leaf's demands on all of its answers.

    Never the demands of the held-out example: they know its right answer.
    """

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """Every question needs something that can be checked."""
        demands = _Checks(means)
        for case in cases:
            if not demands.of(case.leaf):
                raise RecipeError(
                    f"test_time.choose: verifier has nothing to check answers of '{case.leaf}' by: "
                    "give `test_time.verify`, `[steps]` say, or the leaf `verify`"
                )

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """Scores from 0 to 1."""
        demands = _Checks(means)
        found = []
        for case, pool in zip(cases, pools, strict=True):
            row = case.row
            checks = demands.of(case.leaf)
            scores = tuple(score_answer(checks, one.text, row, one.reasoning).value for one in pool)
            found.append(Ratings(scores, scores))
        return found


class _Checks:
    """The checks of each leaf, built once."""

    def __init__(self, means: Means) -> None:
        self._own = build_verifiers(means.settings.verify, "test_time.verify")
        self._leaves: dict[str, tuple[Verifier, ...]] = {}
        for leaf in means.taxonomy.leaves if means.taxonomy else ():
            every = leaf_verifiers(leaf)
            self._leaves[leaf.path] = tuple(one for one in every if not one.needs_attributes)

    def of(self, leaf: str) -> tuple[Verifier, ...]:
        return self._own + self._leaves.get(leaf, ())
