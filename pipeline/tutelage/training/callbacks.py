"""What happens beside training: the log, checkpoints in time, a warning where answers fall."""

import time
from collections import deque
from pathlib import Path
from typing import Any

from accelerate import PartialState
from accelerate.utils.memory import should_reduce_batch_size
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tutelage.training.checkpoints import mark_whole
from tutelage.training.first_device import first_device_value
from tutelage.training.loss_monitor import LossMonitor
from tutelage.training.training_log import LOG, lines_from, write_line

_WINDOW = 10
"""Steps over which the chosen answers' log-probability is averaged."""
_LEARNT_WINDOW = 16
"""Steps over which the loss is averaged that says whether the rows are learnt."""
_COMPARED = 32
"""Training rows whose loss is compared, before and after."""
_FALL_NATS = 0.1
"""A fall that is reported: the answer has become ten percent less likely."""


class WriteLog(TrainerCallback):
    """Appends everything that is logged to the training log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Log how many steps there are, and how many are done."""
        if state.is_world_process_zero:
            line = {"total_steps": state.max_steps, "done": state.global_step}
            write_line(self._folder, line)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Log a line."""
        if state.is_world_process_zero:
            line = {"step": state.global_step, "time": time.time()}
            write_line(self._folder, line | (logs or {}))


class SaveInTime(TrainerCallback):
    """Asks for a checkpoint whenever the last one is older than the limit."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Ask for a checkpoint where one is due."""
        passed = first_device_value(time.monotonic() - self._last, args)  # devices save together
        if passed > self._seconds and state.global_step < state.max_steps:
            control.should_save = True
        return control

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Count the time from here."""
        self._last = time.monotonic()


class StopWhenLearned(TrainerCallback):
    """Ends training once the loss of the last steps is low: what follows only costs the rest."""

    def __init__(self, folder: Path, loss: float) -> None:
        self._folder, self._loss = folder, loss
        self._last: deque[float] = deque(maxlen=_LEARNT_WINDOW)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> TrainerControl:
        """Look at the mean of the last steps."""
        if logs and "loss" in logs:
            self._last.append(logs["loss"])
        mean = sum(self._last) / max(1, len(self._last))
        if len(self._last) == _LEARNT_WINDOW and mean < self._loss:
            control.should_training_stop = True
            if state.is_world_process_zero:
                line = {"learnt_at": state.global_step, "loss_then": mean}
                write_line(self._folder, line)
        return control


class KeepWhole(TrainerCallback):
    """Marks a checkpoint once every device has written its part, then removes older ones."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Mark the checkpoint just written."""
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            best = Path(state.best_model_checkpoint) if state.best_model_checkpoint else None
            mark_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}", best)


class ChosenFalls(TrainerCallback):
    """Warns, once, when DPO makes the chosen answers less likely than they were before."""

    def __init__(self, folder: Path, beta: float) -> None:
        self._folder, self._beta = folder, beta
        self._changes: deque[float] = deque(maxlen=_WINDOW)
        self._told = False

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Follow the chosen answers' change."""
        if logs and "rewards/chosen" in logs:
            self._changes.append(logs["rewards/chosen"] / self._beta)
        if len(self._changes) == _WINDOW:
            self._warn(state)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Look once more, in a training of few steps."""
        self._warn(state)

    def _warn(self, state: TrainerState) -> None:
        if self._told or not self._changes or not state.is_world_process_zero:
            return
        change = sum(self._changes) / len(self._changes)
        if change < -_FALL_NATS:
            self._told = True
            text = (
                f"the chosen answers' log-probability has fallen by {-change:.2f} nats on average "
                f"(step {state.global_step}): DPO can lower both answers. `sft_weight: 0.1` holds "
                "the chosen one up; a lower learning_rate or a higher beta also helps"
            )
            write_line(self._folder, {"step": state.global_step, "warning": text})


def micro_batch_of(trainer: Any) -> int:
    """Rows of a forward pass, as we take steps or as TRL does."""
    return int(getattr(trainer, "micro", trainer.args.per_device_train_batch_size))


class WatchLoss(TrainerCallback):
    """Looks for a training that goes wrong, where TRL takes the steps."""

    def __init__(self, monitor: LossMonitor) -> None:
        self._monitor = monitor

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Stop where the loss is no number, or has exploded."""
        for name in ("loss", "grad_norm"):
            if logs and name in logs:
                self._monitor.finite(name, logs[name], state.global_step, [])
        if logs and "loss" in logs:
            self._monitor.below_ceiling(logs["loss"], state.global_step, [])


class SeesHarm(TrainerCallback):
    """Compares the loss on the same few training rows before the first step and after the last."""

    def __init__(self, trainer: Any, monitor: LossMonitor, folder: Path) -> None:
        self._trainer, self._monitor, self._folder = trainer, monitor, folder
        count = len(trainer.train_dataset)
        self._rows = trainer.train_dataset.select(range(0, count, -(-count // _COMPARED)))

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Measure where the training begins; a resumed one has this in its log."""
        if state.global_step == 0:
            self._loss("before", state)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Measure what came of it."""
        after = self._loss("after", state)
        if after is None:
            return
        before = [line for line in lines_from(self._folder / LOG, 0)[0] if "before_loss" in line]
        if not before:
            return
        text = self._monitor.still_alive(before[-1]["before_loss"], after)
        if text and state.is_world_process_zero:
            write_line(self._folder, {"step": state.global_step, "warning": text})

    def _loss(self, when: str, state: TrainerState) -> float | None:
        """The mean loss of the rows, one at a time; None where even that does not fit."""
        trainer, name = self._trainer, f"{when}_loss"
        trainer.args.per_device_eval_batch_size = 1
        rows = trainer.get_eval_dataloader(self._rows)
        try:
            done = trainer.evaluation_loop(rows, when, True, metric_key_prefix=when)
        except RuntimeError as exc:
            # Of several devices each must come to the same end.
            if trainer.accelerator.num_processes > 1 or not should_reduce_batch_size(exc):
                raise
            return None
        if hasattr(trainer, "_metrics"):
            trainer._metrics["eval"].clear()  # TRL's figures of these rows are no validation
        found = float(done.metrics[name])
        if state.is_world_process_zero:
            write_line(self._folder, {"step": state.global_step, name: found})
        return found
