"""Reinforcement learning: a training, and what a judge is asked about its answers."""

from tutelage.judging.rubric import load_rubric
from tutelage.planning.estimates import ALL, Estimate
from tutelage.planning.forecasts.row_work import rubric_tokens, verdicts_of
from tutelage.planning.forecasts.training import training
from tutelage.planning.row_estimates import RowEstimate, pooled
from tutelage.planning.stage_forecast import (
    PlannedStage,
    RequestEstimate,
    StageForecast,
    TrainingWork,
)
from tutelage.planning.training_cost import seconds_of_steps
from tutelage.training.methods.policy_gradient import PolicyGradient
from tutelage.training.rewards.judged import JudgeReward

_DISTINCT = Estimate(0.2, 0.9, 1.0)
"""The share of answers that differ: one that was given twice in a step is asked about once."""
_LOOKS, _HELD_ANSWERS = 6, 4
"""Looks at the held-out prompts, before and on the way, and answers to each, at most."""
_UNMEASURED = (
    "`seconds` may end the training before the judge has graded all that is planned; how fast a "
    "step is was not measured, so the judge's requests are counted as without `seconds`, and from "
    "none at the least: an earlier run or a pilot measures steps"
)


def rewarding(stage: PolicyGradient, planned: PlannedStage) -> StageForecast:
    """The training; each judge among the terms grades every answer, held-out ones too."""
    made = training(stage, planned)
    judges = [term for term in stage.terms().values() if isinstance(term, JudgeReward)]
    if not judges or "judge" not in planned.models or made.training is None:
        return made
    rows = pooled(part for parts in planned.rows.values() for part in parts)
    learnt = (1 - stage.validation) * made.training.epochs * stage.samples
    besides = stage.validation * _LOOKS * min(_HELD_ANSWERS, stage.samples)
    if rows.count.expected:
        besides += min(stage.pilot, rows.count.expected) * stage.samples / rows.count.expected
    each = _share_in_time(stage, planned, made.training) * learnt + Estimate.exactly(besides)
    requests = tuple(
        request
        for term in judges
        for request in _verdicts(planned.model("judge"), term, rows, each, stage.max_tokens)
    )
    unmeasured = stage.seconds is not None and planned.steps is None
    return StageForecast(
        requests=requests, training=made.training, warning=_UNMEASURED if unmeasured else None
    )


def _share_in_time(stage: PolicyGradient, planned: PlannedStage, work: TrainingWork) -> Estimate:
    """The share of the steps that `seconds` leaves time for."""
    if stage.seconds is None:
        return ALL
    if planned.steps is None:
        return Estimate(0, 1, 1)
    taken = seconds_of_steps(work, planned.steps)
    slow, usual, fast = (stage.seconds / max(end, stage.seconds) for end in reversed(taken.ends))
    return Estimate(slow, usual, fast)


def _verdicts(
    judge: str, term: JudgeReward, rows: RowEstimate, each: Estimate, longest: int
) -> list[RequestEstimate]:
    """By leaf, the verdicts on so many answers to each prompt."""
    rubric = load_rubric(term.rubric)
    return [
        RequestEstimate(
            judge,
            leaf,
            count * each * _DISTINCT * verdicts_of(term.votes),
            rubric.max_tokens,
            own_tokens=rows.lengths[leaf].question.expected + longest / 2,
            shared_tokens=rubric_tokens(rubric),
        )
        for leaf, count in rows.rows.items()
    ]
