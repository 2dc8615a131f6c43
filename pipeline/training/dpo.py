"""The DPO job: TRL's DPOTrainer, its reference log-probabilities computed once beforehand."""

from pathlib import Path
from typing import Any

from trl import DPOConfig, DPOTrainer

from pipeline.training.trainer import adapter_config, arguments, fit, prepare


def train(job: dict[str, Any], folder: Path) -> None:
    """Tune the student on preference pairs and save it into `folder`."""
    model, tokenizer, rows = prepare(job, folder)
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
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=adapter_config(job),
    )
    fit(trainer, folder, job)
