"""A reward model: the student with one number in place of its vocabulary (TRL's RewardTrainer).

It learns from pairs to give the chosen answer the higher score (Bradley and Terry's model, as in
InstructGPT, arXiv:2203.02155, section 3.5). What it has learnt is measured on pairs held back.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import InputError
from tutelage.training.adapter import adapter_of
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared


class Reward(TrainingStage):
    """Train a reward model on `prompt`/`chosen`/`rejected` rows.

    The checkpoint scores answers wherever `reward_model` is an input: `rewarded` filters rows by
    it, `pairs` prefers by it, `grpo` and `rloo` earn it. Its accuracy on the pairs held back is
    reported with its 95% interval, beside what always preferring the longer answer would reach.
    """

    trl_config: ClassVar[str] = "RewardConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(5e-5, 7e9, 9e-6)
    pairs: ClassVar[bool] = True
    answers: ClassVar[bool] = False
    auto_model: ClassVar[str] = "AutoModelForSequenceClassification"
    model_options: ClassVar[dict[str, Any]] = {"num_labels": 1}
    task: ClassVar[str] = "SEQ_CLS"
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        *TrainingStage.curves,
        {"accuracy": "pairs ranked right", "eval_accuracy": "the same, held back"},
        {"margin": "margin of chosen over rejected", "eval_margin": "the same, held back"},
    )

    epochs: float = Field(1.0, gt=0)
    """Passes over the pairs; a second one overfits easily (arXiv:2203.02155, appendix C.2)."""
    validation: float = Field(0.2, ge=0, lt=1)
    """Share of each leaf's pairs held back: the best checkpoint on them is kept, and its accuracy
    reported. 0 trains on all, and reports nothing."""
    margins: bool = False
    """Ask for at least each pair's own `margin` (a column of numbers, a judge's or another reward
    model's difference) between the two scores (Llama 2, arXiv:2307.09288, section 3.2.2)."""

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A sequence classifier with one output: whole, or an adapter."""
        if adapter_of(student.folder) is not None:
            raise InputError(
                f"{student.folder}: is an adapter that writes answers; merge it into its base "
                "first (`tutelage merge`), then a reward model can be made of it"
            )
        return self.train(context, student, rows.kept)

    def columns(self, row: Row) -> Row:
        """A prompt with the two answers, and the margin where it is asked for."""
        return self.pair_columns(row, "margins" if self.margins else "")

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's; its pairs are tokenised already."""
        from trl import RewardTrainer

        class OnTokens(RewardTrainer):  # type: ignore[misc]
            def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
                return dataset

        return OnTokens

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Nothing is left to cut: longer rows were left out."""
        return {"max_length": None}

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """Whole conversations as tokens."""
        from datasets import Dataset

        return Dataset.from_list(_whole(rows, prepared))

    @classmethod
    def callbacks(cls, job: dict[str, Any], prepared: "Prepared", trainer: Any) -> list[Any]:
        """The share of held-out pairs that it ranks correctly, and what length alone would
        reach."""
        from tutelage.training.reward_accuracy import ReportAccuracy

        held = prepared.rows.validation
        return [ReportAccuracy(prepared.folder, held, _whole(held, prepared))] if held else []


def _whole(rows: list[Row], prepared: "Prepared") -> list[dict[str, Any]]:
    """Each pair's two conversations as tokens, with its margin where it has one."""
    made = []
    for pair in prepared.encoder.pairs(rows):
        sides = {name: pair["prompt_ids"] + pair[name] for name in ("chosen_ids", "rejected_ids")}
        made.append(sides | ({"margin": pair["margin"]} if "margin" in pair else {}))
    return made
