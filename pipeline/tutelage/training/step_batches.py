"""How a TRL trainer takes its steps here: a step is a list of rows, not a number of micro-batches.

The trainer sees whole steps. Each is dealt out to the devices, cut into micro-batches that fit, and
weighed over all of its rows, so that neither devices nor micro-batches change the gradient. A lack
of memory halves the micro-batch and takes the step again.
"""

import contextlib
from pathlib import Path
from typing import Any

from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from peft import PeftModel
from torch.utils.data import DataLoader

from tutelage.core.errors import StageError
from tutelage.training.batches import Steps, micro_batches
from tutelage.training.checkpoints import last_whole
from tutelage.training.loss_monitor import LossMonitor
from tutelage.training.out_of_memory import NO_ROOM, smaller
from tutelage.training.training_log import write_line

Features = dict[str, Any]
"""A row as the method's collator takes it, with its `id` and its `length` in tokens."""


class TakesSteps:
    """Stands before a TRL trainer; what is left to the method is `columns` and `backward`."""

    columns: tuple[str, ...]
    """What of a row a step needs."""
    args: Any
    model: Any
    state: Any
    accelerator: Any
    train_dataset: Any

    def __init__(
        self, job: dict[str, Any], folder: Path, guard: LossMonitor, **trainer: Any
    ) -> None:
        super().__init__(**trainer)
        self.job, self.folder, self.guard = job, folder, guard
        devices = self.accelerator.num_processes
        self.micro = min(job["micro_batch"] or job["batch_size"], -(-job["batch_size"] // devices))
        self.loss_is_scaled_for_ga = True  # `backward` weighs over the whole step
        self.rows: list[Features] = []

    def backward(self, model: Any, rows: list[Features], step: list[Features]) -> Any:
        """Add the gradient of a micro-batch, weighed by its part of the step; returns its loss."""
        raise NotImplementedError

    def get_train_dataloader(self) -> Any:
        """Whole steps, the same on every device and in every run."""
        lengths = list(self.train_dataset["length"])
        steps = Steps(
            lengths,
            self.job["batch_size"],
            self.args.seed,
            in_order=self.job.get("in_order", False),
        )
        rows = self.train_dataset.select_columns(["id", "length", *self.columns])
        return _Loader(rows, batch_sampler=steps, collate_fn=_as_they_are)

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Take one step's gradient, in smaller micro-batches where memory does not suffice."""
        self.rows = inputs["rows"]
        while True:
            try:
                return self._whole_step(model)
            except RuntimeError as exc:
                # Several devices must agree; their job is started anew with a smaller one.
                if self.accelerator.num_processes > 1 or not should_reduce_batch_size(exc):
                    raise
            self._shrink()
            model.zero_grad()
            clear_device_cache(garbage_collection=True)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log as TRL does, then look whether training goes wrong."""
        super().log(logs, start_time)  # type: ignore[misc]
        step, ids = self.state.global_step, [row["id"] for row in self.rows]
        if "grad_norm" in logs:
            self.guard.finite("gradient", logs["grad_norm"], step, ids)
        if "loss" in logs:
            self.guard.below_ceiling(logs["loss"], step, ids)

    def evaluate(self, *args: Any, **options: Any) -> Any:
        """Evaluate in batches that fitted in training."""
        self.args.per_device_eval_batch_size = self.micro
        return super().evaluate(*args, **options)  # type: ignore[misc]

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: a step has no one shape."""
        return 0

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        try:
            super()._save_checkpoint(model, trial)  # type: ignore[misc]
        except Exception as exc:  # OSError, or what torch and safetensors make of a full disk
            raise not_saved(exc, Path(self.args.output_dir), self.state.global_step) from exc

    def _whole_step(self, model: Any) -> Any:
        accelerator = self.accelerator
        rank, devices = accelerator.process_index, accelerator.num_processes
        parts = micro_batches(self.rows, rank, devices, self.micro)
        self.current_gradient_accumulation_steps = len(parts)
        losses = []
        for number, part in enumerate(parts, 1):
            last = number == len(parts)
            accelerator.gradient_state._set_sync_gradients(last)
            with contextlib.nullcontext() if last else accelerator.no_sync(model):
                losses.append(self.backward(model, part, self.rows))
        for loss, part in zip(losses, parts, strict=True):
            ids = [row["id"] for row in part]
            self.guard.finite("loss", loss.item(), self.state.global_step + 1, ids)
        return sum(losses)

    def _shrink(self) -> None:
        less = smaller(self.micro, checkpointing=self.args.activation_checkpointing)
        if less is None:
            raise StageError(NO_ROOM)
        if "micro_batch" in less:
            self.micro = less["micro_batch"]
            done = f"the micro-batch is now {self.micro} rows; batch_size stays"
        else:
            self.args.activation_checkpointing = True
            self.model.activation_checkpointing_enable()
            if isinstance(self.model, PeftModel):
                self.model.enable_input_require_grads()
            done = "activations are now recomputed"
        write_line(self.folder, {"warning": f"out of memory: {done}"})


def not_saved(exc: Exception, work: Path, step: int) -> StageError:
    """The error for a checkpoint or a model that could not be written."""
    good = last_whole(work)
    kept = f"{good} is whole, and training goes on from it" if good else "no checkpoint is whole"
    return StageError(f"step {step} could not be saved ({exc}); {kept}. Is the disk full?")


class _Loader(DataLoader):
    """A data loader that tells its sampler the epoch."""

    def set_epoch(self, epoch: int) -> None:
        self.batch_sampler.set_epoch(epoch)


def _as_they_are(rows: list[Features]) -> dict[str, list[Features]]:
    return {"rows": rows}
