"""Drafts of held-out questions: several are tried for one that is kept, by several requests."""

from tutelage.planning.estimates import Estimate
from tutelage.planning.forecasts.instruction_writing import leaf_tokens
from tutelage.planning.row_estimates import like_seeds
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.exam import Exam

_TRIED = Estimate(1.0, 2.0, 5.0)
"""Drafts that are tried for one that is wanted."""
_ASKED = Estimate(1.5, 2.5, 4.0)
"""Requests to the teacher for each: its question, its answer, whether it stands alone."""
_KEPT = Estimate(0.2, 0.8, 1.0)


def drafting_exam(stage: Exam, planned: PlannedStage) -> StageForecast:
    """As many as leaves still lack."""
    taxonomy = planned.the_taxonomy()
    missing = {leaf.path: stage.missing(leaf) for leaf in taxonomy.within(stage.leaves)}
    requests = []
    for leaf in taxonomy.within(stage.leaves):
        tried, tokens = _TRIED * missing[leaf.path], leaf_tokens(leaf)
        asked = {"teacher": _ASKED}
        if planned.models.get("student"):
            asked["student"] = Estimate.exactly(stage.attempts if stage.difficulty != "any" else 1)
        for name, each in asked.items():
            model = planned.model(name)
            requests.append(
                RequestEstimate(model, leaf.path, tried * each, stage.max_tokens, tokens)
            )
    rows = {path: _KEPT * count for path, count in missing.items()}
    return StageForecast(like_seeds(taxonomy, rows), tuple(requests))
