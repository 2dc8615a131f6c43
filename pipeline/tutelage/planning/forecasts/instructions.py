"""Instructions: so many about each passage of a document, so many per row that a skill wants."""

import math
from collections.abc import Sequence

from tutelage.generation.questions import DETAIL_TOKENS
from tutelage.generation.tasks import is_grounded
from tutelage.generation.writing import Writing, passages_of
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.planning.forecasts.repeats import SAME, distinct
from tutelage.planning.row_estimates import like_seeds
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.instructions import Instructions
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

_KEPT = Estimate(0.5, 0.85, 1.0)
_TEMPLATE_TOKENS = 60
"""Of what a prompt says beside examples, passages and questions."""


def instructions(stage: Instructions, planned: PlannedStage) -> StageForecast:
    """What `run` asks, with rows accepted already spread over passages."""
    seen, taxonomy, teacher = planned.seen, planned.the_taxonomy(), planned.model("teacher")
    accepted = planned.the_rows("accepted")
    requests: list[RequestEstimate] = []
    made: dict[str, Estimate] = {}
    for leaf in stage.chosen(taxonomy):
        had = accepted.rows.get(leaf.path, NOTHING) if accepted else None
        passages = expected_passages(stage, leaf)
        tries, new = _tries(stage, leaf, len(passages), had)
        requests += writing_requests(stage, leaf, teacher, tries, passages, new)
        made[leaf.path] = tries * seen.kept(leaf.path, _KEPT)
        if leaf.kind == "knowledge" and not seen.whole:
            draws = stage.questions_per_passage
            made[leaf.path] *= Estimate(*(distinct(draws, same) / draws for same in SAME.ends))
    return StageForecast(like_seeds(taxonomy, made), tuple(requests))


def expected_passages(settings: Writing, leaf: Leaf) -> list[Passage]:
    """What questions will be about, with tokens estimated; nothing where a leaf is a skill."""
    if leaf.kind != "knowledge":
        return []
    return list(passages_of(leaf, settings, estimate_tokens))


def writing_requests(
    settings: Writing,
    leaf: Leaf,
    teacher: str,
    tries: Estimate,
    passages: Sequence[Passage],
    new: Estimate,
) -> list[RequestEstimate]:
    """Requests for so many instructions of a leaf, after those for details of `new` passages."""
    shared, size = leaf_tokens(leaf), settings.per_request
    own = float(estimate_tokens(passages[len(passages) // 2].text)) if passages else 0.0
    pooled, about = settings.sampling == "pooled", leaf.kind == "knowledge"
    if about and not passages and not pooled:
        return []

    def asked(count: Estimate, limit: int) -> RequestEstimate:
        return RequestEstimate(teacher, leaf.path, count, limit, own, shared)

    found = [asked(tries * (1 / size), size * settings.max_tokens)]
    if about and settings.details_per_passage and not pooled:
        found.append(asked(new * settings.details_per_passage, DETAIL_TOKENS))
    if not about and is_grounded(leaf) and not pooled:
        contexts = tries * (1 / settings.questions_per_context)
        found.append(asked(contexts, settings.context_tokens))
    return found


def leaf_tokens(leaf: Leaf) -> float:
    """Tokens of a prompt that shows a leaf's own examples."""
    texts = (f"{seed.context or ''}{seed.question}{seed.answer}" for seed in leaf.seeds)
    return _TEMPLATE_TOKENS + sum(map(estimate_tokens, texts))


def _tries(
    stage: Instructions, leaf: Leaf, passages: int, had: Estimate | None
) -> tuple[Estimate, Estimate]:
    """Instructions that `run` asks for, and passages that it finds a detail of first."""
    if leaf.kind != "knowledge":
        missing = (had or NOTHING).short_of(leaf.samples or stage.samples)
        return missing * stage.per_sample, NOTHING
    bare, short = _short_passages(passages, had, stage.wanted_per_passage)
    return short * stage.questions_per_passage, bare


def _short_passages(count: int, had: Estimate | None, wanted: int) -> tuple[Estimate, Estimate]:
    """Of `count` passages, those with no row yet and those with fewer than are wanted.

    Rows that are there are taken to fall on passages at random (Poisson).
    """
    if had is None or not count:
        return Estimate.exactly(count), Estimate.exactly(count)
    means = [rows / count for rows in reversed(had.ends)]  # more rows, fewer short
    few = (sum(math.exp(-m) * m**n / math.factorial(n) for n in range(wanted)) for m in means)
    bare = Estimate(*(count * math.exp(-m) for m in means))
    return bare, Estimate(*(count * share for share in few))
