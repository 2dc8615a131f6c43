"""Supervised fine-tuning as SFT and scaling share it: its columns."""

from collections.abc import Sequence

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row
from tutelage.core.errors import RecipeError, RowsError
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.training_stage import TrainingStage


class FineTuning(TrainingStage):
    """A stage that fine-tunes on answers."""

    trl_config = "SFTConfig"

    start_share: float = Field(0.0, ge=0, lt=1)
    """Share of the start's weights in those that are saved: less is forgotten (WiSE-FT)."""

    frozen: float = Field(0.0, ge=0, lt=1)
    """Share of the layers, from the embeddings up, whose weights stay as they are: steps are faster
    and less is forgotten, as long as what is left suffices to learn with."""
    learnt_at_loss: float = Field(0.0, ge=0)
    """Mean loss of the last steps, in nats a token, at which training ends early; 0 never ends it.
    Rows that are learnt by heart teach no more, and cost what the student could do before."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Beside what every training looks at: only whole weights can be averaged."""
        super().check(taxonomy)
        for name in ("start_share", "frozen"):
            if getattr(self, name) and self.adapter is not None:
                raise RecipeError(f"{name}: is about whole weights; leave it out with `adapter:`")

    def fine_tune(self, context: Context, student: Checkpoint, rows: Sequence[Row]) -> Checkpoint:
        """Train on `prompt`/`completion` or `messages` rows; the checkpoint is in the context."""
        return self.train(context, "sft", student, rows)

    def columns(self, row: Row) -> Row:
        """A prompt with its completion, or else a conversation."""
        names = ("prompt", "completion") if row.get("completion") else ("messages",)
        missing = [name for name in names if not row.get(name)]
        if missing:
            raise RowsError(f"{row['id']}: needs `prompt` and `completion`, or `messages`")
        return self.taken(row, names)
