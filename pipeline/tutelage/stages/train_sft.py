"""Supervised fine-tuning: the student learns the accepted answers."""

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.training.fine_tuning import FineTuning


class SFT(FineTuning):
    """Fine-tune the student on `prompt`/`completion` or `messages` rows, loss on answers only.

    In `messages` every assistant turn counts.
    """

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        return self.fine_tune(context, student, rows.kept)
