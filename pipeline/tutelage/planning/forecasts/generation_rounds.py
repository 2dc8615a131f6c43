"""Generation in rounds: as many instructions as the yield demands, and what those go through."""

from dataclasses import replace

from tutelage.judging.rubric import load_rubric
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.planning.forecasts.instruction_writing import (
    leaf_tokens,
    places_of,
    writing_requests,
)
from tutelage.planning.forecasts.repeated_rows import SAME, distinct, draws_for
from tutelage.planning.forecasts.row_work import ASKED_AGAIN, rubric_tokens
from tutelage.planning.row_estimates import RowEstimate, like_seeds
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.generate import Generate
from tutelage.taxonomy.leaf import Leaf

_KEPT = Estimate(0.1, 0.4, 0.8)


def generate(stage: Generate, planned: PlannedStage) -> StageForecast:
    """What is dropped is taken to be dropped in equal parts before the answer and after it."""
    taxonomy, teacher, seen = planned.the_taxonomy(), planned.model("teacher"), planned.seen
    requests: list[RequestEstimate] = []
    half, passed, kept = {}, {}, {}
    for leaf in stage.instructions.chosen(taxonomy):
        path, share = leaf.path, seen.kept(leaf.path, _KEPT)
        places = len(places_of(stage.instructions, leaf))
        same = NOTHING if seen.whole or not places else SAME
        ends = zip(share.ends, same.ends, strict=True)
        courses = [_course(stage, leaf, *likely, places) for likely in ends]
        tries, passed[path], kept[path] = (
            Estimate(min(course), course[1], max(course)) for course in zip(*courses, strict=True)
        )
        half[path], new = share**0.5, tries.at_most(places)
        requests += writing_requests(stage.instructions, leaf, teacher, tries, new)
    rows = like_seeds(taxonomy, passed)
    limit = stage.responses.max_tokens
    for path, count in passed.items():
        own, shared = rows.lengths[path].question.expected, leaf_tokens(taxonomy.leaf(path))
        requests.append(RequestEstimate(teacher, path, count, limit, own, shared))
    judge = planned.model("judge", "teacher")
    for names in (stage.instruction_rubrics, stage.response_rubrics):
        requests += _verdicts(names, judge, rows, half)
    return StageForecast(replace(rows, rows=kept), tuple(requests))


def _course(
    stage: Generate, leaf: Leaf, share: float, same: float, places: int
) -> tuple[float, float, float]:
    """Instructions until enough are accepted, those that are answered, and those accepted.

    The fewer are kept (`share`) and the more questions about a passage are the same, the more
    it takes.
    """
    wanted, spread = stage.wanted(leaf), places or 1
    most = stage.attempts * wanted
    needed = draws_for(wanted / share / spread, same) * spread if share else most
    tries = min(most, max(stage.first * wanted, needed))
    new = distinct(tries / spread, same) * spread
    return tries, new * share**0.5, min(wanted, new * share)


def _verdicts(
    names: list[str], judge: str, rows: RowEstimate, shares: dict[str, Estimate]
) -> list[RequestEstimate]:
    """Requests by rubric and leaf; each rubric is taken to keep as large a part as the others."""
    return [
        RequestEstimate(
            judge,
            leaf,
            count * shares[leaf] ** (number / len(names)) * ASKED_AGAIN,
            rubric.max_tokens,
            rows.lengths[leaf].whole.expected,
            rubric_tokens(rubric),
        )
        for number, rubric in enumerate(map(load_rubric, names))
        for leaf, count in rows.rows.items()
    ]
