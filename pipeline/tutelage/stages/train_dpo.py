"""Direct preference optimisation: the student learns to prefer chosen answers to rejected ones."""

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import RowsError
from tutelage.training.training_stage import TrainingStage

_COLUMNS = ("prompt", "chosen", "rejected")


class DPO(TrainingStage):
    """Tune the student on `prompt`/`chosen`/`rejected` rows (DPO, arXiv:2305.18290)."""

    trl_config = "DPOConfig"

    beta: float | None = Field(None, gt=0)
    """How closely the student is held to where it started; by default by its size."""
    sft_weight: float = Field(0.0, ge=0)
    """Weight of an SFT term on the chosen answer, against both log-probabilities falling."""

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        return self.train(context, "dpo", student, rows.kept)

    def columns(self, row: Row) -> Row:
        """A prompt with the two answers."""
        missing = [name for name in _COLUMNS if not row.get(name)]
        if missing:
            raise RowsError(f"{row['id']}: lacks `{missing[0]}`")
        return self.taken(row, _COLUMNS)
