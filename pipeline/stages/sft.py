"""Supervised fine-tuning: the student learns the accepted answers."""

from pipeline.artifacts import Checkpoint, Row, Rows
from pipeline.errors import RowsError
from pipeline.forecast import Outlook, Seen, Supply
from pipeline.stage import Context
from pipeline.training.stage import TrainingStage

_FULL, _ADAPTER = 1e-4, 5e-4


class SFT(TrainingStage):
    """Fine-tune the student on `prompt`/`completion` or `messages` rows, loss on answers only."""

    trl_config = "SFTConfig"

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        rate = self.learning_rate or (_ADAPTER if self.adapter else _FULL)
        lines = [_columns(row, number) for number, row in enumerate(rows.kept)]
        return self.train(context, "sft", student, lines, learning_rate=rate)

    def forecast(self, seen: Seen, student: str, rows: Supply) -> Outlook:
        """Every row in every epoch."""
        return self.outlook(rows, rows.question_tokens + rows.answer_tokens)


def _columns(row: Row, number: int) -> Row:
    if row.get("prompt") and row.get("completion"):
        return {"prompt": row["prompt"], "completion": row["completion"]}
    turns = row.get("messages")
    if not turns or turns[-1]["role"] != "assistant":
        name = row.get("id", f"row {number}")
        raise RowsError(
            f"{name}: needs `prompt` and `completion`, or `messages` ending with assistant"
        )
    return {"prompt": turns[:-1], "completion": turns[-1:]}
