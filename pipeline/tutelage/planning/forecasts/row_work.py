"""What the built-in stages that work row by row are taken to do before anything was measured."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tutelage.judging.duels import EXAMPLE
from tutelage.judging.grading import Item
from tutelage.judging.rubric import Rubric, load_rubric
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import ALL, Estimate, total
from tutelage.planning.forecasts.instruction_writing import leaf_tokens
from tutelage.planning.forecasts.row_by_row import Assumed, row_by_row
from tutelage.planning.row_estimates import pooled
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.filter import Filter
from tutelage.stages.judge import Judge
from tutelage.stages.pairs import Pairs
from tutelage.stages.responses import Responses

ASKED_AGAIN = Estimate(1.0, 1.05, 2.0)
"""A verdict that cannot be read is asked for once more."""
_FRESH = Estimate(0.5, 0.8, 1.0)
"""The share of rows that repeat none of those that were there before; of the quickstart's it is
three quarters (benchmarks/quickstart.md)."""


_FAILED = 0.3
"""The share of a weak teacher's answers that a leaf's demands refuse."""


def filtering(stage: Filter, planned: PlannedStage) -> StageForecast:
    """Of every leaf the share that earlier rows show."""
    repeats = "against" in planned.rows and not planned.seen.whole
    fresh = _FRESH if repeats else ALL
    return row_by_row(planned, Assumed(Estimate(0.2, 0.6, 1.0), fresh))


def answering(stage: Responses, planned: PlannedStage) -> StageForecast:
    """An answer, or several, to each row."""
    leaves = planned.taxonomy.leaves if planned.taxonomy and stage.help == "examples" else ()
    tokens = {leaf.path: leaf_tokens(leaf) for leaf in leaves}
    again = _asked_again(stage.tries) if leaves else ALL
    assumed = Assumed(
        kept=Estimate(0.8, 0.97, 1.0),
        requests=Estimate.exactly(stage.samples) * again,
        tries=stage.samples,
        max_tokens=stage.max_tokens,
        shared_tokens=_by_leaf(tokens),
        answer=Estimate(1, stage.max_tokens / 4, stage.max_tokens),
    )
    return row_by_row(planned, assumed)


def _asked_again(tries: int) -> Estimate:
    """Requests about a row until its answer meets the leaf's demands: none fails, or all do."""
    return Estimate(1.0, sum(_FAILED**n for n in range(tries)), float(tries))


def judging(stage: Judge, planned: PlannedStage) -> StageForecast:
    """Each row by each rubric, but for those that one before it rejected; what people graded."""
    rubrics, kept = [load_rubric(name) for name in stage.rubrics], Estimate(0.3, 0.7, 1.0)
    each = verdicts_of(stage.votes)
    rounds = [kept ** (number / len(rubrics)) * each for number in range(len(rubrics))]
    most, size = rubrics[0].max_tokens, rubric_tokens(rubrics[0])
    assumed = Assumed(
        kept, requests=total(rounds), max_tokens=most, shared_tokens=lambda leaf: size
    )
    made = row_by_row(planned, assumed)
    if planned.seen.given.total():  # what was measured of rows has their verdicts in it
        return made
    tasks = planned.taxonomy.tasks if planned.taxonomy else {}
    graded = [
        RequestEstimate(planned.model("judge"), one.leaf, each, most, _tokens_of(one, tasks), size)
        for one in stage.labelled()[0]
    ]
    return replace(made, requests=(*made.requests, *graded))


def pairing(stage: Pairs, planned: PlannedStage) -> StageForecast:
    """So many pairs of each prompt; a judge's duels about what the checks do not decide."""
    rubric = load_rubric(stage.rubric)
    size = rubric_tokens(rubric)
    found = []
    for part in planned.rows["rows"]:
        prompts = 1 / part.per_prompt
        assumed = Assumed(
            kept=Estimate(0.05, 0.4, 0.9),
            requests=Estimate(0, prompts / 2, prompts) * stage.duels * duel_of(stage.votes),
            tries=prompts * stage.per_prompt,
            max_tokens=rubric.max_tokens,
            shared_tokens=lambda leaf: size,
        )
        found.append(row_by_row(replace(planned, rows={"rows": [part]}), assumed))
    made = pooled(one.makes for one in found if one.makes)
    return StageForecast(made, tuple(request for one in found for request in one.requests))


def _tokens_of(item: Item, tasks: Mapping[str, str]) -> float:
    task = item.task or tasks.get(item.leaf, "")
    parts = (item.question, item.answer, item.context, task, item.reference)
    return float(sum(map(estimate_tokens, parts)))


def verdicts_of(votes: int) -> Estimate:
    """Requests for a judge's word on one thing: a single verdict may be asked for again."""
    return ASKED_AGAIN if votes == 1 else Estimate.exactly(votes)


def duel_of(votes: int) -> Estimate:
    """Requests for a duel: a judge's word in each of the two orders."""
    return verdicts_of(votes) * 2


def rubric_tokens(rubric: Rubric) -> float:
    """Tokens that a rubric puts around what is judged."""
    shown = EXAMPLE.shown() | {"answer": EXAMPLE.reference}
    return float(estimate_tokens(rubric.ask(shown)))


def _by_leaf(tokens: dict[str, float]) -> Callable[[str], float]:
    return lambda leaf: tokens.get(leaf, 0.0)
