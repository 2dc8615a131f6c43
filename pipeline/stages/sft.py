"""Supervised fine-tuning: the student learns the accepted answers."""

from pipeline.artifacts import Checkpoint, Rows
from pipeline.forecast import Outlook, Seen, Supply
from pipeline.stage import Context
from pipeline.training.fine_tuning import FineTuning


class SFT(FineTuning):
    """Fine-tune the student on `prompt`/`completion` or `messages` rows, loss on answers only.

    In `messages` every assistant turn counts.
    """

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        return self.fine_tune(context, student, rows.kept)

    def forecast(self, seen: Seen, student: str, rows: Supply) -> Outlook:
        """Every row in every epoch."""
        return self.outlook(rows, rows.length.whole)
