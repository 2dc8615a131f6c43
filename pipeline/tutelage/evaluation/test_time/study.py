"""The study: a pool of answers from each model, every strategy on it, and what that says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tutelage.contract.context import Context
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import PREFIX, Case
from tutelage.evaluation.test_time.choosers.chooser import Means, find_chooser
from tutelage.evaluation.test_time.findings import findings
from tutelage.evaluation.test_time.first_wrong import (
    ArithmeticSteps,
    ProcessSteps,
    StepFinder,
)
from tutelage.evaluation.test_time.guided import Guided, resample_steps
from tutelage.evaluation.test_time.pool import Drawing, Sample, draw_pool
from tutelage.evaluation.test_time.revision import Chain, revise
from tutelage.evaluation.test_time.settings import TestTime
from tutelage.evaluation.test_time.spend import mean_spend, spend_of
from tutelage.evaluation.test_time.strategies import (
    GREEDY,
    ORACLE,
    WEIGHTED,
    Line,
    PoolAnswers,
    answers_of,
    lines_of,
    votes_of,
)
from tutelage.models.model import Model
from tutelage.verifiers.steps_check import StepsCheck
from tutelage.verifiers.verifier import build_verifiers

_GUIDED = {
    "steps": "step-guided resampling",
    "process": "step-guided resampling by process reward",
}
"""What the lines of each way to find a wrong step are called."""


def chosen_cases(settings: TestTime, cases: Sequence[Case]) -> list[Case]:
    """The questions of a study: those that can be scored, of the leaves named.

    Raises RecipeError for a leaf that has none.
    """
    scored = [case for case in cases if case.scored]
    known = {case.leaf.removeprefix(PREFIX) for case in scored}
    for name in settings.leaves:
        if name not in known:
            raise RecipeError(
                f"test_time.leaves: '{name}' has no question that can be scored; there are "
                f"{', '.join(sorted(known)) or 'none at all'}"
            )
    wanted = settings.leaves or known
    found = [case for case in scored if case.leaf.removeprefix(PREFIX) in wanted]
    if not found:
        raise RecipeError("test_time: no question can be scored without a judge")
    return found


def check_study(
    means: Means, cases: Sequence[Case], models: Sequence[Model] = (), *, ahead: bool = True
) -> None:
    """Raise RecipeError for a chooser that lacks what it needs; `ahead` of knowing the models."""
    asked = chosen_cases(means.settings, cases)
    build_verifiers(means.settings.verify, "test_time.verify")
    if max(means.settings.resample_steps) and "process" in means.settings.resample_by:
        find_chooser("process").check(means, asked, ())
    for name in means.settings.choose:
        find_chooser(name).check(means, asked, () if ahead else models)


@dataclass(frozen=True, slots=True)
class Study:
    """What all models are put to."""

    context: Context
    means: Means
    cases: list[Case]
    max_tokens: int

    @property
    def settings(self) -> TestTime:
        """The recipe's."""
        return self.means.settings

    def of(self, model: Model) -> dict[str, Any]:
        """The lines of every strategy and what they say of one model."""
        lines: list[Line] = []
        rates = np.zeros(len(self.cases))
        notes: list[str] = []
        thoughts: list[int | None] = list(self.settings.think_tokens) or [None]
        for tokens in thoughts:
            drawing = Drawing(self.max_tokens, self.settings.temperature, tokens)
            pools = draw_pool(self.context, model, self.cases, self.settings.pool, drawing)
            rates = np.array([np.mean([one.right for one in pool]) for pool in pools])
            notes += _notes(pools, tokens, self.settings)
            lines += [replace(one, think_tokens=tokens) for one in self._all(model, pools, drawing)]
        leaves = [case.leaf for case in self.cases]
        seed = self.context.seed_for("test time")
        found = findings(lines, rates, leaves, seed)
        return {"model": model.name, "questions": len(self.cases), "notes": notes} | found

    def _all(self, model: Model, pools: list[list[Sample]], drawing: Drawing) -> list[Line]:
        used = [[spend_of(one.usage) for one in pool] for pool in pools]
        answers = [answers_of(*each) for each in zip(self.cases, pools, used, strict=True)]
        sizes = self.settings.sizes
        lines = lines_of(ORACLE, None, answers, sizes)
        lines += self._chosen(model, pools, answers, sizes)
        lines += self._revised(model, pools, drawing)
        lines += self._guided(model, pools, drawing)
        return [*lines, self._greedy(model, drawing)]

    def _greedy(self, model: Model, drawing: Drawing) -> Line:
        """One answer that is not drawn."""
        greedy = replace(drawing, temperature=0.0)
        answers = [one for (one,) in draw_pool(self.context, model, self.cases, 1, greedy)]
        values = np.array([one.right for one in answers])
        return Line(GREEDY, 1, values, tuple(spend_of(one.usage) for one in answers))

    def _chosen(
        self,
        model: Model,
        pools: Sequence[Sequence[Sample]],
        answers: Sequence[PoolAnswers],
        samples: Sequence[int],
    ) -> list[Line]:
        """Each chooser's best of N, and a vote weighted by it."""
        lines = []
        for name in self.settings.choose:
            chooser = find_chooser(name)
            judged = chooser.judge(self.context, self.means, model, self.cases, pools)
            if chooser.votes_alone:
                lines += votes_of(name, judged, answers, samples)
            else:
                lines += lines_of(name, judged, answers, samples)
                lines += votes_of(f"{WEIGHTED}{name}", judged, answers, samples)
        return lines

    def _revised(self, model: Model, pools: list[list[Sample]], drawing: Drawing) -> list[Line]:
        """The same over answers that were revised: one chain alone, and several in parallel."""
        rounds = [number for number in self.settings.revise if number]
        if not rounds:
            return []
        first = [pool[: self.settings.chains] for pool in pools]
        chains = revise(self.context, model, self.cases, first, max(rounds), drawing)
        lines = []
        for number in rounds:
            last = [[chain[number] for chain in chains_of] for chains_of in chains]
            used = [[_used(chain, number) for chain in chains_of] for chains_of in chains]
            answers = [answers_of(*each) for each in zip(self.cases, last, used, strict=True)]
            found = self._chosen(model, last, answers, self.settings.revised_sizes)
            lines += [replace(line, revise=number) for line in found]
        return lines

    def _guided(self, model: Model, pools: list[list[Sample]], drawing: Drawing) -> list[Line]:
        """An answer whose wrong steps are drawn anew, so many times; the mean over chains."""
        rounds = self.settings.resample_steps
        if not max(rounds):
            return []
        first = [pool[: self.settings.chains] for pool in pools]
        lines = []
        for name in self.settings.resample_by:
            chains = resample_steps(
                self.context, model, self.cases, first, max(rounds), drawing, self._finder(name)
            )
            lines += [_guided_line(_GUIDED[name], chains, number) for number in rounds]
        return lines

    def _finder(self, name: str) -> StepFinder:
        """What finds the first wrong step; the `steps` verifier as the recipe has it."""
        if name == "process":
            assert self.means.reward is not None
            return ProcessSteps(self.context, self.means.reward)
        built = build_verifiers(self.settings.verify, "test_time.verify")
        return ArithmeticSteps(
            next((one for one in built if isinstance(one, StepsCheck)), StepsCheck())
        )


def run_study(
    context: Context,
    means: Means,
    models: Sequence[Model],
    cases: Sequence[Case],
    max_tokens: int,
) -> list[dict[str, Any]]:
    """By model: `lines`, `laws`, `overuse`, `difficulty`, and `words`; see `check_study`."""
    study = Study(context, means, chosen_cases(means.settings, cases), max_tokens)
    return [study.of(model) for model in models]


def _used(chain: Chain, number: int) -> Any:
    """What an answer and so many revisions of it used together."""
    parts = [spend_of(one.usage) for one in chain[: number + 1]]
    return mean_spend(parts).times(len(parts))


def _guided_line(name: str, chains: Sequence[Sequence[Sequence[Guided]]], number: int) -> Line:
    values = np.array([np.mean([one[number].right for one in pool]) for pool in chains])
    used = tuple(mean_spend(one[number].used for one in pool) for pool in chains)
    return Line(name, 1, values, used, resample=number)


def _notes(pools: Sequence[Sequence[Sample]], tokens: int | None, settings: TestTime) -> list[str]:
    """What a reader must know of the pool to believe the figures."""
    every = [one for pool in pools for one in pool]
    notes = []
    if cut := sum(one.cut for one in every):
        notes.append(f"{cut} of {len(every)} answers were cut at their token limit")
    if max(settings.resample_steps) and any(one.reasoning for one in every):
        notes.append(
            "its steps stand apart from its answers, between marks, and only what is in an answer "
            "is looked at and drawn anew"
        )
    if tokens is not None and not any(one.reasoning for one in every):
        notes.append(f"no answer was reasoned for, so {tokens} tokens of thought change nothing")
    return notes
