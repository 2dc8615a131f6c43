"""The DPO job: TRL's DPOTrainer, its reference log-probabilities computed once beforehand."""

from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from pipeline.training.trainer import (
    adapter_config,
    arguments,
    fit,
    load_student,
    read_rows_that_fit,
    score_answers_only,
)


def train(job: dict[str, Any], folder: Path) -> None:
    """Tune the student on preference pairs and save it into `folder`."""
    score_answers_only()
    model, tokenizer = load_student(job)
    rows = read_rows_that_fit(folder, job, tokenizer)
    losses, weights = ["sigmoid"], [1.0]
    if job["sft_weight"]:
        losses, weights = ["sigmoid", "sft"], [1.0, job["sft_weight"]]
    trainer = DPOTrainer(
        model=model,
        args=arguments(
            job,
            folder,
            DPOConfig,
            beta=job["beta"],
            loss_type=losses,
            loss_weights=weights,
            precompute_ref_log_probs=job["adapter"] is None,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=adapter_config(job),
    )
    fit(trainer, folder, job)
