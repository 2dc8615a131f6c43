"""The SFT job: TRL's SFTTrainer on prompt/completion rows, with loss on the completion only."""

from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from pipeline.training.trainer import (
    adapter_config,
    arguments,
    fit,
    load_student,
    read_rows_that_fit,
    score_answers_only,
)


def train(job: dict[str, Any], folder: Path) -> None:
    """Fine-tune the student and save it into `folder`."""
    score_answers_only()
    model, tokenizer = load_student(job)
    rows = read_rows_that_fit(folder, job, tokenizer)
    trainer = SFTTrainer(
        model=model,
        args=arguments(job, folder, SFTConfig, train_sampling_strategy="group_by_length"),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=adapter_config(job),
    )
    fit(trainer, folder, job)
