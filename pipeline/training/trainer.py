"""What the SFT and DPO jobs share inside the child process: config, model, callbacks, saving."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from pipeline.errors import InputError, StageError
from pipeline.models.device import fast_bf16
from pipeline.training.launch import LOG, WORK

_WARM_UP = 0.1
"""Share of the steps over which the learning rate rises."""


def arguments(job: dict[str, Any], folder: Path, config: type[Any], **defaults: Any) -> Any:
    """TRL's config from the job's knobs, the method's defaults and the user's `trainer:` fields."""
    processes = int(PartialState().num_processes)
    per_device, uneven = divmod(job["batch_size"], processes)
    if uneven:
        raise InputError(f"batch_size {job['batch_size']} does not divide by {processes} processes")
    micro = min(job["micro_batch"] or per_device, per_device)
    steps, uneven = divmod(per_device, micro)
    if uneven:
        raise InputError(f"micro_batch {micro} does not divide the {per_device} rows of a device")
    settings = {
        "output_dir": str(folder / WORK),
        "num_train_epochs": job["epochs"],
        "learning_rate": job["learning_rate"],
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": steps,
        "max_length": job["max_length"],
        "bf16": fast_bf16() if job["bf16"] is None else job["bf16"],
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "activation_checkpointing": False,
        "warmup_steps": _WARM_UP,
        "logging_steps": 1,
        "save_strategy": "no",
        "save_total_limit": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "seed": job["seed"],
    }
    return config(**(settings | defaults | job["trainer"]))


def prepare(job: dict[str, Any], folder: Path) -> tuple[Any, Any, Dataset]:
    """The student, its tokenizer, and the rows to train on."""
    _score_answers_only()
    model, tokenizer = _load_student(job)
    return model, tokenizer, Dataset.from_list(_read_rows_that_fit(folder, job, tokenizer))


def _load_student(job: dict[str, Any]) -> tuple[Any, Any]:
    """The student's weights in float32, which autocast computes with in bfloat16, and tokenizer."""
    folder = job["student"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if job["chat_template"]:
        tokenizer.chat_template = job["chat_template"]
    if tokenizer.chat_template is None:
        raise InputError(
            f"{folder}: the student has no chat template; set `chat_template: chatml` (or a .jinja "
            "file of your own), or start from an instruct model"
        )
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), tokenizer


def _score_answers_only() -> None:
    """On a CPU, let TRL project only the positions that have a label through the vocabulary.

    TRL 1.x does so on Triton devices and scores every position elsewhere, because some accelerators
    compile anew for each shape. A CPU does not, and with a large vocabulary this is the larger part
    of a small model's step.
    """
    from trl.trainer import utils

    if not torch.cuda.is_available() and hasattr(utils, "_use_triton"):
        utils._use_triton = lambda device: True


def adapter_config(job: dict[str, Any]) -> Any:
    """peft's LoRA config where the job asks for an adapter."""
    from peft import LoraConfig

    adapter = job["adapter"]
    if adapter is None:
        return None
    return LoraConfig(
        r=adapter["rank"],
        lora_alpha=adapter["alpha"],
        lora_dropout=adapter["dropout"],
        target_modules=adapter["target_modules"],
        task_type="CAUSAL_LM",
    )


def _read_rows_that_fit(folder: Path, job: dict[str, Any], tokenizer: Any) -> list[dict[str, Any]]:
    """The rows that the stage wrote for this job, but for those longer than `max_length` tokens.

    How many were left out goes to the log, which the stage reports. A cut answer would be learnt as
    one that ends nowhere, so rows are not cut.
    """
    text = (folder / job["rows"]).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line]
    fitting = [row for row in rows if _longest(row, tokenizer) <= job["max_length"]]
    if not fitting:
        raise InputError(f"every row is longer than max_length, {job['max_length']} tokens")
    if len(fitting) < len(rows) and PartialState().is_main_process:
        with (folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps({"too_long": len(rows) - len(fitting), "rows": len(rows)}) + "\n")
    return fitting


def fit(trainer: Any, folder: Path, job: dict[str, Any]) -> None:
    """Train, going on from the last checkpoint a kill left; save an ordinary model folder."""
    work = folder / WORK
    trainer.add_callback(_Log(folder / LOG))
    trainer.add_callback(_SaveInTime(job["save_every_seconds"]))
    last = get_last_checkpoint(str(work)) if work.is_dir() else None
    trainer.train(resume_from_checkpoint=last)
    trainer.save_model(str(folder))
    if trainer.accelerator.is_main_process:
        shutil.rmtree(work, ignore_errors=True)
        (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle; job facts are in JSON
        (folder / job["rows"]).unlink()


def _longest(row: dict[str, Any], tokenizer: Any) -> int:
    """Tokens of a row with its longest answer."""
    answers = [row[name] for name in ("completion", "chosen", "rejected") if name in row]
    chats = [tokenizer.apply_chat_template(row["prompt"] + a, tokenize=False) for a in answers]
    return max(len(tokenizer(chat, add_special_tokens=False)["input_ids"]) for chat in chats)


class _Log(TrainerCallback):
    """Appends every logged step to log.jsonl; stops training when the loss is not a number."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        self._write(state, {"total_steps": state.max_steps})
        if state.global_step:
            self._write(state, {"step": state.global_step, "resumed": True})

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        logs = logs or {}
        loss = logs.get("loss", 0.0)
        self._write(state, {"step": state.global_step, "time": time.time()} | logs)
        if loss != loss or abs(loss) == float("inf"):
            raise StageError(
                f"the loss is {loss} at step {state.global_step}; try a lower learning_rate"
            )

    def _write(self, state: TrainerState, line: dict[str, Any]) -> None:
        if state.is_world_process_zero:
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")


class _SaveInTime(TrainerCallback):
    """Asks for a checkpoint whenever the last one is older than the limit."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> TrainerControl:
        if time.monotonic() - self._last > self._seconds and state.global_step < state.max_steps:
            self._last = time.monotonic()
            control.should_save = True
        return control
