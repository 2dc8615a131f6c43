"""A training that ends by the clock, and whose schedule and looks go by it."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import IntervalStrategy

from tutelage.training.first_device import first_device_value
from tutelage.training.training_log import LOG, lines_from, write_line


class StopInTime(TrainerCallback):
    """Ends training once it has taken so many seconds; what a kill had cost before counts too.

    How far the training is, from 0 to 1, is the larger of its share of the steps and its share of
    the seconds: by that the learning rate falls, and the validation rows are looked at. Schedules
    that are no function of the step go by steps alone. Stands before all callbacks that take time.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds
        self._used = self._before = self._began = 0.0
        """Seconds: up to the last step, before a kill, and by the clock when this run began."""
        self._looks = 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        lr_scheduler: Any = None,
        **_: Any,
    ) -> None:
        """Begin to count, from what is in the log; let the schedule follow."""
        lines = lines_from(self._folder / LOG, 0)[0] if state.global_step else []
        used = max((line.get("used_seconds", 0.0) for line in lines), default=0.0)
        self._before = first_device_value(used, args)  # another machine may not have the log
        self._used, self._began = self._before, monotonic()
        self._looks = self._looks_due(state)
        if isinstance(lr_scheduler, LambdaLR):
            lr_scheduler.lr_lambdas = [
                self._in_time(given, state.max_steps) for given in lr_scheduler.lr_lambdas
            ]

    def on_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Look at the clock, before the schedule takes its next value."""
        used = self._before + monotonic() - self._began
        self._used = first_device_value(used, args)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Keep the count; end, or look at the validation rows, where it is time."""
        if state.is_world_process_zero:
            line = {"step": state.global_step, "used_seconds": self._used}
            write_line(self._folder, line)
        over = self._used >= self._seconds
        if args.eval_strategy == IntervalStrategy.STEPS:
            due = self._looks_due(state)
            last = over or state.global_step >= state.max_steps
            control.should_evaluate, self._looks = last or due > self._looks, due
        if over:
            control.should_training_stop = True
            self._say(state)
        return control

    def _in_time(self, given: Callable[[int], float], steps: int) -> Callable[[int], float]:
        """A schedule that is as far as the clock, where that is further than the step."""

        def factor(step: int) -> float:
            return given(max(step, min(steps, round(self._used / self._seconds * steps))))

        return factor

    def _looks_due(self, state: TrainerState) -> int:
        done = max(state.global_step / max(1, state.max_steps), self._used / self._seconds)
        return int(done * state.max_steps / state.eval_steps) if state.eval_steps else 0

    def _say(self, state: TrainerState) -> None:
        if state.is_world_process_zero and state.global_step < state.max_steps:
            text = (
                f"ended at step {state.global_step} of {state.max_steps}, after {self._used:.0f} "
                "seconds of training, as `seconds` asks"
            )
            write_line(self._folder, {"step": state.global_step, "finding": text})
