"""Supervised fine-tuning as SFT and scaling share it: its columns."""

from collections.abc import Sequence

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row
from tutelage.core.errors import RowsError
from tutelage.training.training_stage import TrainingStage


class FineTuning(TrainingStage):
    """A stage that fine-tunes on answers."""

    trl_config = "SFTConfig"

    def fine_tune(self, context: Context, student: Checkpoint, rows: Sequence[Row]) -> Checkpoint:
        """Train on `prompt`/`completion` or `messages` rows; the checkpoint is in the context."""
        return self.train(context, "sft", student, rows)

    def columns(self, row: Row) -> Row:
        """A prompt with its completion, or else a conversation."""
        names = ("prompt", "completion") if row.get("completion") else ("messages",)
        missing = [name for name in names if not row.get(name)]
        if missing:
            raise RowsError(f"{row['id']}: needs `prompt` and `completion`, or `messages`")
        return {name: row[name] for name in ("id", "leaf", *names)}
