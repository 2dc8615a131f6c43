"""The SFT job: TRL's SFTTrainer on prompt/completion rows, with loss on the completion only."""

from pathlib import Path
from typing import Any

from trl import SFTConfig, SFTTrainer

from pipeline.training.trainer import adapter_config, arguments, fit, prepare


def train(job: dict[str, Any], folder: Path) -> None:
    """Fine-tune the student and save it into `folder`."""
    model, tokenizer, rows = prepare(job, folder)
    trainer = SFTTrainer(
        model=model,
        args=arguments(job, folder, SFTConfig, train_sampling_strategy="group_by_length"),
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=adapter_config(job),
    )
    fit(trainer, folder, job)
