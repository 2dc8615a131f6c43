"""Stages that put questions to models: every question as often as it is asked, and duels."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tutelage.evaluation.asking import Asking
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.settings import TestTime
from tutelage.evaluation.test_time.study import chosen_cases
from tutelage.judging.rubric import load_rubric
from tutelage.models.token_estimate import request_tokens
from tutelage.planning.estimates import Estimate
from tutelage.planning.forecasts.row_work import duel_of, rubric_tokens, verdicts_of
from tutelage.planning.forecasts.training import training
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.evaluate import Evaluate, duelled
from tutelage.stages.scaling import Scaling


def evaluating(stage: Evaluate, planned: PlannedStage) -> StageForecast:
    """Every question to each model; a judge's word on each duel with the first model."""
    models, judged = planned.models["models"], "judge" in planned.models
    compared = judged or bool(planned.checkpoints.get("reward_model"))
    cases = stage.cases(planned.taxonomy, len(models), judged=compared)
    requests = [
        one
        for model in models
        for some, asking in stage.asked(cases)
        for one in questions(model, some, asking)
    ]
    if judged:
        rubric = load_rubric(stage.rubric)
        duels = questions(planned.model("judge"), duelled(cases), Asking(rubric.max_tokens))
        for one in duels:
            every = one.requests * duel_of(1) * (len(models) - 1)
            count = Estimate(0, every.expected, every.high)  # equal answers are a tie unasked
            requests.append(replace(one, requests=count, shared_tokens=rubric_tokens(rubric)))
    if stage.test_time is not None:
        requests += test_time_requests(stage, stage.test_time, planned, cases)
    return StageForecast(requests=tuple(requests))


def scaling(stage: Scaling, planned: PlannedStage) -> StageForecast:
    """Every training, as further epochs over all rows, and its questions.

    Of several students each is counted as the first, whatever its size.
    """
    parts = len(stage.fractions) if stage.equal_steps else sum(stage.fractions)
    trainings = stage.seeds * len(stage.fractions)
    work = training(stage, planned).training
    assert work is not None
    everyone = [*planned.checkpoints["student"], *planned.checkpoints.get("students", [])]
    cases = stage.questions(planned.the_taxonomy())
    asked = [one for name in everyone for one in questions(name, cases, Asking(stage.max_tokens))]
    return StageForecast(
        requests=tuple(replace(one, requests=one.requests * trainings) for one in asked),
        training=replace(work, epochs=work.epochs * stage.seeds * parts * len(everyone)),
    )


def test_time_requests(
    stage: Evaluate, settings: TestTime, planned: PlannedStage, cases: Sequence[Case]
) -> list[RequestEstimate]:
    """The pool of each model, its revisions and resampled steps, and a judge's verdicts on all."""
    asked = chosen_cases(settings, cases)
    chains, revisions = min(settings.chains, settings.pool), max(settings.revise)
    draws = max(settings.resample_steps) * len(settings.resample_by)
    pools = len(settings.think_tokens) or 1
    found = []
    for model in planned.models["models"]:
        for one in questions(model, asked, Asking(stage.max_tokens)):
            count = one.requests * pools
            pool = replace(one, requests=count * (settings.pool + 1))  # and a greedy one
            revised = replace(
                one,
                requests=count * (chains * revisions),
                own_tokens=one.own_tokens + stage.max_tokens,
            )
            most = count.expected * chains * draws  # only what has a wrong step is drawn anew
            drawn = replace(one, requests=Estimate(0, most / 2, most))
            found += [each for each in (pool, revised, drawn) if each.requests.high]
    if "judge" in settings.choose:
        rubric = load_rubric(settings.rubric)
        answers = settings.pool + chains * sum(map(bool, settings.revise))
        times = verdicts_of(settings.votes) * (pools * len(planned.models["models"]) * answers)
        for one in questions(planned.model("judge"), asked, Asking(rubric.max_tokens)):
            size = rubric_tokens(rubric)
            found.append(replace(one, requests=one.requests * times, shared_tokens=size))
    return found


def questions(model: str, cases: Sequence[Case], asking: Asking) -> Iterator[RequestEstimate]:
    """Questions to a model, leaf by leaf."""
    leaves: dict[str, list[int]] = {}
    for case in cases:
        leaves.setdefault(case.leaf, []).append(request_tokens(case.messages, case.tools))
    for leaf, tokens in leaves.items():
        count, mean = len(tokens) * asking.samples, sum(tokens) / len(tokens)
        yield RequestEstimate(model, leaf, Estimate.exactly(count), asking.max_tokens, mean)
