"""The DPO job: TRL's DPOTrainer, its reference log-probabilities computed once beforehand.

The reference is the student as it comes, whatever it is: before the first step TRL asks the model
itself, with a new adapter switched off, or by a copy of an adapter that it came with. So there is
no second model, and DPO after LoRA SFT is held to the SFT student and not to its base.
"""

import shutil
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from tutelage.core.artifacts import Row
from tutelage.training.callbacks import ChosenFalls
from tutelage.training.checkpoints import WORK
from tutelage.training.fresh_start import PAIRS
from tutelage.training.fused import score_answers_only
from tutelage.training.learning_rates import default_beta
from tutelage.training.loss_monitor import LossMonitor, dpo_ceiling
from tutelage.training.out_of_memory import watched
from tutelage.training.pair_rows import pairs_on_disk
from tutelage.training.prepare import prepare, run
from tutelage.training.step_batches import Features, TakesSteps
from tutelage.training.trl_config import arguments

_REFERENCE = "ref"
"""TRL's name for its copy of the adapter that a student came with."""


class Dpo(TakesSteps, DPOTrainer):
    """The DPO loss, the mean over the pairs of a step; an SFT term, over their chosen tokens."""

    columns: tuple[str, ...] = (
        "prompt_ids",
        "chosen_ids",
        "rejected_ids",
        "ref_chosen_logps",
        "ref_rejected_logps",
    )
    loss_weights: list[float]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._weights = list(self.loss_weights)
        if not self.precompute_ref_logps:
            self.columns = self.columns[:3]
        elif _REFERENCE in getattr(self.model, "peft_config", {}):
            self.model.delete_adapter(_REFERENCE)  # has said what it had to say

    def _prepare_dataset(self, dataset: Dataset, *_: Any) -> Dataset:
        """Tokenised already: as for SFT, with tools, and answers that end where they stop."""
        return dataset

    def backward(self, model: Any, rows: list[Features], step: list[Features]) -> Any:
        """TRL's loss of a micro-batch, each of its terms weighed by its part of the step."""
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


def _chosen_tokens(rows: list[Features]) -> int:
    return sum(len(row["chosen_ids"]) for row in rows)


def train(job: dict[str, Any], folder: Path) -> None:
    """Tune the student on preference pairs and save it into `folder`."""
    with watched(job):
        score_answers_only()
        prepared = prepare(job, folder)
        rows = prepared.rows

        def pairs(name: str, given: list[Row]) -> Dataset:
            return pairs_on_disk(prepared.encoder.pairs(given), name, folder)

        beta = job["beta"] or default_beta(prepared.parameters)
        args = arguments(job, folder, DPOConfig, prepared.rate, **_losses(job, beta))
        ceiling = dpo_ceiling(prepared.model, job["sft_weight"], args.loss_type)
        trainer = Dpo(
            job=job,
            folder=folder,
            guard=LossMonitor(folder / WORK, ceiling, prepared.rate),
            model=prepared.model,
            args=args,
            train_dataset=pairs("train", rows.train),
            eval_dataset=pairs("validation", rows.validation) if rows.validation else None,
            processing_class=prepared.tokenizer,
            peft_config=prepared.adapter,
        )
        trainer.add_callback(ChosenFalls(folder, args.beta))
        run(trainer, folder, job, prepared)
        if trainer.accelerator.is_main_process:
            shutil.rmtree(folder / PAIRS)


def _losses(job: dict[str, Any], beta: float) -> dict[str, Any]:
    losses, weights = ["sigmoid"], [1.0]
    if job["sft_weight"]:
        losses, weights = ["sigmoid", "sft"], [1.0, job["sft_weight"]]
    return {
        "beta": beta,
        "loss_type": losses,
        "loss_weights": weights,
        "max_length": None,  # longer rows were left out, so nothing is left to cut
        "precompute_ref_log_probs": True,
        "precompute_ref_batch_size": job["micro_batch"] or job["batch_size"],
    }
