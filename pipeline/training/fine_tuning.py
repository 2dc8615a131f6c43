"""Supervised fine-tuning as SFT and scaling share it: its default rates and its columns."""

from collections.abc import Sequence

from pipeline.artifacts import Checkpoint, Row
from pipeline.errors import RowsError
from pipeline.stage import Context
from pipeline.training.stage import TrainingStage

_FULL, _ADAPTER = 1e-4, 5e-4


class FineTuning(TrainingStage):
    """A stage that fine-tunes on answers."""

    trl_config = "SFTConfig"

    def fine_tune(self, context: Context, student: Checkpoint, rows: Sequence[Row]) -> Checkpoint:
        """Train on `prompt`/`completion` or `messages` rows; the checkpoint is in the context."""
        rate = self.learning_rate or (_ADAPTER if self.adapter else _FULL)
        lines = [_columns(row, number) for number, row in enumerate(rows)]
        return self.train(context, "sft", student, lines, learning_rate=rate)


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
