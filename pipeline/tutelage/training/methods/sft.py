"""The SFT job: TRL's SFTTrainer, with loss on the assistant's tokens only."""

from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from tutelage.core.artifacts import Row
from tutelage.training.checkpoints import WORK
from tutelage.training.encoder import IGNORED
from tutelage.training.fused import score_answers_only
from tutelage.training.loss_monitor import LossMonitor, sft_ceiling
from tutelage.training.out_of_memory import watched
from tutelage.training.prepare import prepare, run
from tutelage.training.step_batches import Features, TakesSteps
from tutelage.training.student import keeps_rows_apart
from tutelage.training.trl_config import arguments


class Sft(TakesSteps, SFTTrainer):
    """Cross-entropy, the mean over all assistant tokens of a step."""

    columns = ("input_ids", "labels", "items")

    def backward(self, model: Any, rows: list[Features], step: list[Features]) -> Any:
        """TRL's loss of a micro-batch over the tokens of the step."""
        inputs = self.data_collator(rows or step[:1])
        if not rows:
            inputs["labels"].fill_(IGNORED)
        items = torch.tensor(sum(row["items"] for row in step), device=self.args.device)
        return SFTTrainer.training_step(self, model, inputs, items)


def train(job: dict[str, Any], folder: Path) -> None:
    """Fine-tune the student and save it into `folder`."""
    with watched(job):
        score_answers_only()
        prepared = prepare(job, folder)
        flat = keeps_rows_apart(prepared.model)
        rows = prepared.rows

        def encoded(given: list[Row]) -> Dataset:
            return Dataset.from_list(prepared.encoder.encode(given))

        trainer = Sft(
            job=job,
            folder=folder,
            guard=LossMonitor(folder / WORK, sft_ceiling(prepared.model), prepared.rate),
            model=prepared.model,
            # Longer rows were left out, so nothing is left to cut.
            args=arguments(
                job, folder, SFTConfig, prepared.rate, max_length=None, padding_free=flat
            ),
            train_dataset=encoded(rows.train),
            eval_dataset=encoded(rows.validation) if rows.validation else None,
            processing_class=prepared.tokenizer,
            peft_config=prepared.adapter,
        )
        run(trainer, folder, job, prepared)
