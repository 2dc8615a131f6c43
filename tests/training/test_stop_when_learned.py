"""Training ends once its rows are learnt, and says at which step."""

import json
from pathlib import Path

from transformers import TrainerControl, TrainerState, TrainingArguments
from tutelage.training.callbacks import StopWhenLearned
from tutelage.training.training_log import LOG


def stopped_at(folder: Path, losses: list[float], loss: float) -> int | None:
    args = TrainingArguments(output_dir=str(folder), use_cpu=True, report_to="none")
    control, state = TrainerControl(), TrainerState(is_world_process_zero=True)
    watch = StopWhenLearned(folder, loss)
    for step, value in enumerate(losses, 1):
        state.global_step = step
        control = watch.on_log(args, state, control, logs={"loss": value})
        if control.should_training_stop:
            return step
    return None


def test_it_ends_where_the_mean_of_the_last_steps_is_low_and_logs_it(tmp_path: Path) -> None:
    assert stopped_at(tmp_path, [2.0] * 10 + [0.1] * 30, 0.2) == 26
    (line,) = map(json.loads, (tmp_path / LOG).read_text().splitlines())
    assert line["learnt_at"] == 26 and line["loss_then"] < 0.2


def test_one_low_step_ends_nothing(tmp_path: Path) -> None:
    assert stopped_at(tmp_path, [2.0, 0.0] * 20, 0.2) is None
