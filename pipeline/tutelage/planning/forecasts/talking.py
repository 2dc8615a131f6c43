"""Conversations and tool use: so many of each leaf, with so many requests each."""

from collections.abc import Mapping, Sequence

from tutelage.planning.estimates import Estimate
from tutelage.planning.forecasts.instruction_writing import leaf_tokens
from tutelage.planning.row_estimates import RowEstimate, TextLength
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.converse import Converse
from tutelage.stages.tools import Tools
from tutelage.taxonomy.leaf import Leaf

_KEPT = Estimate(0.3, 0.7, 1.0)
_GOES_ON = Estimate(0.4, 0.8, 1.0)
"""The share of the turns allowed that a conversation has."""
_TURN_TOKENS = 60.0
"""Of a turn of those before, which prompts repeat."""


def conversing(stage: Converse, planned: PlannedStage) -> StageForecast:
    """Two requests a turn, each with the turns before it."""
    leaves = stage.chosen(planned.the_taxonomy())
    turns = _GOES_ON * stage.turns
    asked = {"user": (turns, stage.user_tokens), "teacher": (turns, stage.max_tokens)}
    tokens = Estimate(1, stage.max_tokens / 3, stage.max_tokens) * turns
    counts = [(leaf, stage.wanted(leaf)) for leaf in leaves]
    return _forecast(planned, counts, asked, tokens)


def tool_use(stage: Tools, planned: PlannedStage) -> StageForecast:
    """A request, a call and an answer; a further call and its result now and then."""
    leaves = stage.chosen(planned.the_taxonomy())
    asked = {"teacher": (Estimate(2, 3.2, 2 + 2 * stage.calls), stage.max_tokens)}
    tokens = Estimate(20, stage.max_tokens / 2, 2.0 * stage.max_tokens)
    counts = [(leaf, stage.wanted(leaf)) for leaf in leaves]
    return _forecast(planned, counts, asked, tokens)


def _forecast(
    planned: PlannedStage,
    counts: Sequence[tuple[Leaf, int]],
    asked: Mapping[str, tuple[Estimate, int]],
    tokens: Estimate,
) -> StageForecast:
    """What is asked of each model for each row that is tried, and the rows that come of it."""
    requests, made = [], dict[str, Estimate]()
    lengths: dict[str, TextLength] = {}
    for leaf, count in counts:
        made[leaf.path] = planned.seen.kept(leaf.path, _KEPT) * count
        lengths[leaf.path] = TextLength(Estimate.exactly(_TURN_TOKENS), tokens)
        for name, (each, most) in asked.items():
            model, own = planned.model(name, "teacher"), each.expected * _TURN_TOKENS
            shared = leaf_tokens(leaf)
            requests.append(RequestEstimate(model, leaf.path, each * count, most, own, shared))
    return StageForecast(RowEstimate(made, lengths), tuple(requests))
