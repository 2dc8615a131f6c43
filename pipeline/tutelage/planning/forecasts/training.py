"""Training: every row in every epoch, a pair's prompt once with each answer."""

from collections.abc import Iterable

from tutelage.core.artifacts import Row
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import Estimate
from tutelage.planning.row_estimates import pooled
from tutelage.planning.stage_forecast import PlannedStage, StageForecast, TrainingWork
from tutelage.training.training_stage import TrainingStage

_SHORT, _USUAL = 0.25, 0.6
"""Of the tokens that an answer sampled in training may have, so much it has."""
_SAMPLING = 2.0
"""What sampling adds: writing an answer takes about as long as learning from it."""
_NO_ANSWER = [{"content": ""}]
_TEMPLATE_TOKENS = 12
"""Of the marks that a chat template puts around a row."""


def training(stage: TrainingStage, planned: PlannedStage) -> StageForecast:
    """Training on all rows that the stage is given."""
    rows, pairs = pooled(part for parts in planned.rows.values() for part in parts), _pairs(stage)
    answers = 2 if pairs else 1
    tokens = rows.length.whole * answers + Estimate.exactly(_TEMPLATE_TOKENS * answers)
    if not stage.learns_from_answers:
        answers, generated = stage.answers_per_row, stage.setting().generated
        written = Estimate(_SHORT * generated, _USUAL * generated, generated)
        tokens = (tokens + written) * (answers * _SAMPLING)
    passes = _passes(stage, rows.count.expected)
    return StageForecast(training=TrainingWork(rows.count, tokens, passes, pairs, answers))


def tokens_of_a_step(stage: TrainingStage, rows: Iterable[Row]) -> float:
    """Tokens of an optimiser step on such rows, estimated as `training` estimates them."""
    names = ("chosen", "rejected") if _pairs(stage) else ("completion",)
    each = [_tokens(row, name) for row in rows for name in names]
    return stage.batch_size * sum(each) * len(names) / max(1, len(each))


def _tokens(row: Row, name: str) -> int:
    """Of a row with one of its answers, as far as that is learnt."""
    if row.get("text"):
        return estimate_tokens(row["text"])
    answer = row.get("opening") or (row.get(name) or _NO_ANSWER)[-1]["content"]
    return (
        estimate_tokens(row["prompt"][-1]["content"]) + estimate_tokens(answer) + _TEMPLATE_TOKENS
    )


def _passes(stage: TrainingStage, rows: float) -> float:
    """Over the rows; the trainer's own `max_steps` outranks `epochs`."""
    steps = int(stage.trainer.get("max_steps") or 0)
    return steps * stage.batch_size / max(1.0, rows) if steps > 0 else stage.epochs


def _pairs(stage: TrainingStage) -> bool:
    return stage.setting().pairs
