"""What the stage that lets the student write by itself will ask and make."""

from tutelage.planning.estimates import Estimate
from tutelage.planning.row_estimates import RowEstimate, TextLength
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast
from tutelage.stages.self_replay import LEAF, SelfReplay

_KEPT_TEXTS, _KEPT_CHATS = Estimate(0.7, 0.95, 1.0), Estimate(0.4, 0.7, 1.0)
"""The share that has a whole sentence; of a chat both turns must."""
_PROMPT_TOKENS = 5
"""Of an opening, or of what a template writes before a user's text."""


def replaying(stage: SelfReplay, planned: PlannedStage) -> StageForecast:
    """A request for each text, two for each chat."""
    model = planned.model("model")
    asked = stage.chats + stage.questions
    answered = asked + stage.prompts
    counts = ((stage.texts + asked, _PROMPT_TOKENS), (answered, stage.max_tokens / 2))
    requests = tuple(
        RequestEstimate(model, LEAF, Estimate.exactly(count), stage.max_tokens, own)
        for count, own in counts
        if count
    )
    rows = _KEPT_TEXTS * (stage.texts + stage.prompts) + _KEPT_CHATS * asked
    most = stage.max_tokens
    prompt = Estimate(0, most * answered / (2 * max(1, stage.texts + answered)), most)
    length = TextLength(prompt, Estimate(4, most * 0.7, most))
    return StageForecast(RowEstimate({LEAF: rows}, {LEAF: length}), requests)
