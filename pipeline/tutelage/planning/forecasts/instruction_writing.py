"""Instructions: so many about each passage of a document, so many per row that a skill wants."""

import math

from tutelage.generation.writers import generator_of
from tutelage.generation.writing import Writing
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.planning.forecasts.repeated_rows import SAME, distinct
from tutelage.planning.row_estimates import like_seeds
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.instructions import Instructions
from tutelage.taxonomy.leaf import Leaf

_KEPT = Estimate(0.5, 0.85, 1.0)
_AROUND = 20.0
"""Tokens of a prompt around a statement or passage: headings, marks, the question's opening."""
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
        places = len(places_of(stage, leaf))
        tries, new = _tries(stage, leaf, places, had)
        requests += writing_requests(stage, leaf, teacher, tries, new)
        made[leaf.path] = tries * seen.kept(leaf.path, _KEPT)
        if places and not seen.whole:
            draws = max(1, stage.questions(leaf))
            made[leaf.path] *= Estimate(*(distinct(draws, same) / draws for same in SAME.ends))
    return StageForecast(like_seeds(taxonomy, made), tuple(requests))


def places_of(settings: Writing, leaf: Leaf) -> list[int]:
    """Tokens of each statement or passage that is asked about; none where a leaf has none."""
    return generator_of(settings, leaf).places(settings, leaf)


def writing_requests(
    settings: Writing, leaf: Leaf, teacher: str, tries: Estimate, new: Estimate
) -> list[RequestEstimate]:
    """Requests for so many instructions of a leaf, `new` places among them asked about first."""
    rates, places = generator_of(settings, leaf).rates(settings, leaf), places_of(settings, leaf)
    own = _AROUND + sum(places) / len(places) if places else 0.0
    shared = leaf_tokens(leaf)
    longest = shared + _AROUND + max(places, default=0)
    return [
        RequestEstimate(
            teacher,
            leaf.path,
            tries * rate.per_try + new * rate.per_place,
            rate.max_tokens,
            own,
            shared,
            longest,
        )
        for rate in rates
        if rate.per_try or rate.per_place
    ]


def leaf_tokens(leaf: Leaf) -> float:
    """Tokens of a prompt that shows a leaf's own examples."""
    texts = (f"{seed.context or ''}{seed.question}{seed.answer}" for seed in leaf.seeds)
    return _TEMPLATE_TOKENS + sum(map(estimate_tokens, texts))


def _tries(
    stage: Instructions, leaf: Leaf, passages: int, had: Estimate | None
) -> tuple[Estimate, Estimate]:
    """Instructions that `run` asks for, and passages that it finds a detail of first."""
    if not passages:
        missing = (had or NOTHING).short_of(stage.wanted(leaf))
        return missing * stage.per_sample, NOTHING
    bare, short = _short_passages(passages, had, stage.enough(leaf))
    return short * stage.questions(leaf), bare


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
