"""TRL's config for a job: its knobs, what suits the method and the device, the user's fields."""

from pathlib import Path
from typing import Any

import torch
import trl
from accelerate import PartialState

from tutelage.training.checkpoints import WORK
from tutelage.training.student import use_liger
from tutelage.training.trackers import tracker_fields
from tutelage.training.training_stage import TrainingStage

_WARM_UP = 0.1
"""Share of the steps over which the learning rate rises."""
_EVALUATIONS = 0.1
"""Share of the steps between two looks at the validation rows."""


def arguments(
    job: dict[str, Any],
    folder: Path,
    method: type[TrainingStage],
    rate: float,
    fields: dict[str, Any],
    *,
    own_steps: bool,
) -> Any:
    """TRL's config; `fields` are the method's, and the user's `trainer:` fields come last.

    With our own steps the trainer sees whole ones; else TRL accumulates micro-batches to one.
    """
    devices = int(PartialState().num_processes)
    cuda = torch.cuda.is_available()
    share = -(-job["batch_size"] // devices)
    micro = share if own_steps else min(job["micro_batch"] or share, share)
    settings = {
        "output_dir": str(folder / WORK),
        "num_train_epochs": job["epochs"],
        "learning_rate": rate,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": -(-share // micro),
        "bf16": job["bf16"],
        "use_cpu": not cuda,
        "dataloader_pin_memory": False,  # rows reach the device as micro-batches
        "activation_checkpointing": job.get("checkpointing", False),
        "use_liger_kernel": use_liger(),
        "ddp_find_unused_parameters": False,
        "warmup_steps": _WARM_UP,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # a loss that is no number must show
        "save_strategy": "no",
        "disable_tqdm": True,
        "seed": job["seed"],
    }
    settings |= tracker_fields(job.get("report_to", []), job.get("run_name", "training"))
    if job["validation"]:
        settings |= {
            "eval_strategy": "steps",
            "eval_steps": _EVALUATIONS,
            "metric_for_best_model": "eval_loss",
            "greater_is_better": False,
            "load_best_model_at_end": True,
            "save_strategy": "best",
        }
    if "gradient_checkpointing" in job["trainer"]:  # its older name, which ours would overrule
        settings.pop("activation_checkpointing")
    elsewhere = ("model_init_kwargs", *method.takes_in)
    given = {name: value for name, value in job["trainer"].items() if name not in elsewhere}
    return getattr(trl, method.trl_config)(**(settings | fields | given))
