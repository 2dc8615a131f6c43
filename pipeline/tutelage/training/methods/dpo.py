"""Direct preference optimisation: the student learns to prefer chosen answers (TRL's DPOTrainer).

The reference is the student as it comes, whatever it is: before the first step TRL asks the model
itself, with a new adapter switched off, or by a copy of an adapter that it came with. So there is
no second model, and DPO after LoRA SFT is held to the SFT student and not to its base.
"""

import math
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import RecipeError
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.learning_rates import PublishedRates, default_beta
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared

_REFERENCE = "ref"
"""TRL's name for its copy of the adapter that a student came with."""
_OWN_LOSS: dict[str, tuple[Any, ...]] = {
    "loss_type": ("sigmoid", ["sigmoid"]),
    "f_divergence_type": ("reverse_kl",),
    "ld_alpha": (None, 1.0),
    "use_weighting": (False,),
}
"""Fields of `trainer:` with the values that leave the loss the one that margins soften."""


class DPO(TrainingStage):
    """Tune the student on `prompt`/`chosen`/`rejected` rows (DPO, arXiv:2305.18290)."""

    trl_config: ClassVar[str] = "DPOConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(1e-6, 340e9, 3e-7)
    pairs: ClassVar[bool] = True
    takes_in: ClassVar[tuple[str, ...]] = ("loss_type", "loss_weights")
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        *TrainingStage.curves,
        {
            "logps/chosen": "log-probability, chosen",
            "logps/rejected": "log-probability, rejected",
        },
        {
            "rewards/margins": "margin of chosen over rejected",
            "eval_rewards/margins": "the same, validation",
        },
        {
            "rewards/accuracies": "pairs ranked right",
            "eval_rewards/accuracies": "the same, validation",
        },
    )

    beta: float | None = Field(None, gt=0)
    """How closely the student is held to where it started; by default by its size."""
    sft_weight: float = Field(0.0, ge=0)
    """Weight of an SFT term on the chosen answer, against both log-probabilities falling."""
    reward_scale: float | None = Field(None, gt=0)
    """Reward-aware DPO (RPO, arXiv:2406.11704, section 3.3.2): a pair is learnt until the student
    prefers `chosen` as much as this times the pair's `margin` says, in place of ever more. 1 takes
    the differences of a reward model as they are. Pairs of a right and a wrong answer, by checks,
    are learnt as without it."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Beside what every training checks: margins soften DPO's own loss alone."""
        super().check(taxonomy)
        given = self.trainer
        other = [
            name for name, own in _OWN_LOSS.items() if name in given and given[name] not in own
        ]
        if self.reward_scale and other:
            raise RecipeError(
                f"trainer.{other[0]}: makes another loss; leave it or `reward_scale` out"
            )

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        return self.train(context, student, rows.kept)

    def columns(self, row: Row) -> Row:
        """A prompt with the two answers, and by how much one is better where that counts.

        Where a check found one right and the other wrong, it is better beyond all measure.
        """
        if not self.reward_scale:
            return self.pair_columns(row)
        by_checks = any(word.get("by") == "pairs" for word in row.get("verdicts") or [])
        sure = {"margin": math.inf} if by_checks and row.get("margin") is None else {}
        return self.pair_columns(row | sure, "reward_scale")

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's trainer with steps of whole pairs; an SFT term counts by chosen tokens."""
        from trl import DPOTrainer

        from tutelage.training.reward_aware import FLIPPED, MARGIN, KeepsLogProbs, WithMargins
        from tutelage.training.step_batches import Features, TakesSteps

        class StepwiseDpo(TakesSteps, DPOTrainer):
            columns: tuple[str, ...] = (
                "prompt_ids",
                "chosen_ids",
                "rejected_ids",
                "ref_chosen_logps",
                "ref_rejected_logps",
            )
            loss_weights: list[float]
            data_collator: Any

            def __init__(self, **given: Any) -> None:
                super().__init__(**given)
                self._weights = list(self.loss_weights)
                if not self.precompute_ref_logps:
                    self.columns = self.columns[:3]
                elif _REFERENCE in getattr(self.model, "peft_config", {}):
                    self.model.delete_adapter(_REFERENCE)  # its log-probabilities are kept
                if scale := given["job"]["reward_scale"]:
                    self.columns = (*self.columns, MARGIN)
                    self.data_collator = WithMargins(self.data_collator, scale)

            def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
                return dataset  # tokenised already: with tools, and answers end where they stop

            def backward(self, model: Any, rows: list[Features], step: list[Features]) -> Any:
                devices = self.accelerator.num_processes
                pairs = devices * len(rows) / len(step)
                tokens = devices * _chosen_tokens(rows) / _chosen_tokens(step)
                self.loss_weights = [
                    weight * (tokens if name == "sft" else pairs)
                    for name, weight in zip(self.loss_types, self._weights, strict=True)
                ]
                inputs = self.data_collator(rows or step[:1])
                try:
                    return DPOTrainer.training_step(self, model, inputs)
                finally:
                    self.loss_weights = self._weights

            def compute_loss(self, model: Any, inputs: Any, *more: Any, **options: Any) -> Any:
                flipped = inputs.pop(FLIPPED, None)
                if flipped is None:
                    return DPOTrainer.compute_loss(self, model, inputs, *more, **options)
                keeping = KeepsLogProbs(model)
                loss = DPOTrainer.compute_loss(self, keeping, inputs, *more, **options)
                softened = keeping.softening(inputs, flipped, self.beta)
                return loss + self.loss_weights[0] * softened

        return StepwiseDpo

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """The user's losses or DPO's, with the SFT term; the reference is asked beforehand."""
        given = job["trainer"].get("loss_type", "sigmoid")
        losses = [given] if isinstance(given, str) else [*given]
        weights = job["trainer"].get("loss_weights") or [1.0] * len(losses)
        if job["sft_weight"]:
            losses, weights = [*losses, "sft"], [*weights, job["sft_weight"]]
        return {
            "beta": job["beta"] or default_beta(prepared.parameters),
            "loss_type": losses,
            "loss_weights": weights,
            "max_length": None,  # longer rows were left out, so nothing is left to cut
            "precompute_ref_log_probs": True,
            "precompute_ref_batch_size": job["micro_batch"] or job["batch_size"],
            "remove_unused_columns": False,  # the collator takes what it needs
        }

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """Tokenised pairs on disk, where their reference log-probabilities are kept too."""
        from tutelage.training.pair_rows import pairs_on_disk

        return pairs_on_disk(prepared.encoder.pairs(rows), name, prepared.folder)

    @classmethod
    def ceiling(cls, job: dict[str, Any], args: Any, vocabulary: int) -> float:
        """Ten times the loss that DPO begins with, ln 2; none for losses on another scale."""
        from tutelage.training.loss_monitor import guessing

        if args.loss_type[0] != "sigmoid":
            return math.inf
        return 10 * math.log(2) + 2 * float(job["sft_weight"]) * guessing(vocabulary)

    @classmethod
    def callbacks(cls, job: dict[str, Any], prepared: "Prepared", trainer: Any) -> list[Any]:
        """A warning where the chosen answers become less likely."""
        from tutelage.training.callbacks import ChosenFalls

        return [ChosenFalls(prepared.folder, trainer.args.beta)]


def _chosen_tokens(rows: list[dict[str, Any]]) -> int:
    return sum(len(row["chosen_ids"]) for row in rows)
