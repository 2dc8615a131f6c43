"""A training method of a user's own: one file, and nothing else anywhere."""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared


class Kto(TrainingStage):
    """Learn from single answers that are good or bad (KTO, arXiv:2402.01306), on TRL's own loop."""

    trl_config: ClassVar[str] = "KTOConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(1e-6, 7e9, 5e-7)
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        *TrainingStage.curves,
        {"rewards/chosen": "reward of good answers", "rewards/rejected": "of bad ones"},
    )

    beta: float = Field(0.1, gt=0)

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint, whole or an adapter."""
        return self.train(context, student, rows.kept)

    def columns(self, row: Row) -> Row:
        """A prompt, an answer, and whether it is good."""
        return self.taken(row, ("prompt", "completion", "label"))

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's, as it is."""
        from trl import KTOTrainer

        return KTOTrainer  # type: ignore[no-any-return]

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Its knob."""
        return {"beta": job["beta"], "max_length": None}

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """As TRL's trainer takes them."""
        from datasets import Dataset

        return Dataset.from_list(
            [{one: row[one] for one in ("prompt", "completion", "label")} for row in rows]
        )
