"""Training that ends by the clock: its steps, its schedule, its looks, and after a kill."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from tutelage.stages import GRPO, SFT
from tutelage.training import time_limit

from tests.training.conftest import Train
from tests.training.row_files import demonstrations
from tests.training.test_grpo import prompts
from tests.training.test_resume import Kill, kill, killed  # noqa: F401

ROOT = Path(__file__).parents[2]
KNOBS: dict[str, Any] = {
    "epochs": 10.0,
    "learning_rate": 1e-3,
    "bf16": False,
    "batch_size": 4,
    "save_every_seconds": 1e-9,
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second whenever it is looked at: at the start, at every step."""
    now = iter(range(1_000))
    monkeypatch.setattr(time_limit, "monotonic", lambda: float(next(now)))


def test_training_ends_in_time_with_its_schedule_whole(train: Train) -> None:
    done = train(SFT(**KNOBS, seconds=8.0), demonstrations(40))
    assert len(done.curve("loss")) == 8
    assert done.curve("used_seconds") == [1, 2, 3, 4, 5, 6, 7, 8]
    rates = done.curve("learning_rate")
    assert max(rates) == pytest.approx(1e-3, rel=0.1)
    assert rates[-1] < 0.2 * max(rates)  # linear, and at its end
    (said,) = [line["finding"] for line in done.log if "finding" in line]
    assert said == "ended at step 8 of 100, after 8 seconds of training, as `seconds` asks"


def test_what_is_done_before_needs_no_limit(train: Train) -> None:
    short = KNOBS | {"epochs": 1.0}
    done, plain = (
        train(SFT(**short, seconds=seconds), demonstrations(12), str(seconds))
        for seconds in (100.0, None)
    )
    assert done.weights() == plain.weights()
    assert not done.curve("finding")


def test_a_resumed_training_counts_what_was_used_before(
    train: Train,
    kill: Kill,  # noqa: F811
) -> None:
    stage, rows = SFT(**KNOBS, seconds=8.0, validation=0.2), demonstrations(40)
    whole = train(stage, rows, "whole")
    kill("training_step", 6)
    killed(train, stage, rows)
    resumed = train(stage, rows, "killed")
    assert resumed.curve("used_seconds") == whole.curve("used_seconds")
    assert resumed.weights() == whole.weights()


def test_a_device_that_reads_another_log_goes_by_what_the_first_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "first_device_value", lambda value, args: 5.0)
    limit: Any = time_limit.StopInTime(tmp_path, 10.0)  # its folder has no log
    args = SimpleNamespace(eval_strategy="steps")
    control = SimpleNamespace(should_evaluate=False)
    state = SimpleNamespace(global_step=3, max_steps=10, eval_steps=1, is_world_process_zero=False)
    limit.on_train_begin(args, state, control)
    limit.on_optimizer_step(args, state, control)
    limit.on_step_end(args, state, control)
    assert not control.should_evaluate  # it looked at half of the time already


def test_looks_at_validation_rows_go_by_the_time_too(train: Train) -> None:
    stage = SFT(**KNOBS, seconds=10.0, validation=0.2, patience=20)
    done = train(stage, demonstrations(40))
    looks = [line["step"] for line in done.log if "eval_loss" in line]
    assert looks == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]  # of 80 steps


def test_the_limit_is_part_of_what_decides_the_weights() -> None:
    assert SFT(seconds=5.0).identity() != SFT().identity()


def test_reinforcement_learning_ends_in_time_after_a_last_look(train: Train) -> None:
    knobs = KNOBS | {"batch_size": 2, "samples": 4, "max_tokens": 6, "rollouts": "trl", "pilot": 2}
    rewards: list[str | dict[str, Any]] = [{"use": "tests.training.test_grpo:Letters"}]
    stage = GRPO(**knobs, rewards=rewards, seconds=3.0, validation=0.25, patience=9)
    done = train(stage, prompts(8))
    assert [line["step"] for line in done.log if "reward" in line] == [1, 2, 3]
    assert [line["step"] for line in done.log if "eval_reward" in line] == [0, 1, 2, 3]


def test_the_passes_of_recipe_rl_leave_it_to_the_clock_when_grpo_ends(train: Train) -> None:
    stages = yaml.safe_load((ROOT / "recipes/rl.yaml").read_text(encoding="utf-8"))["stages"]
    recipe = {name: stages["grpo"][name] for name in ("epochs", "trainer")}
    knobs = KNOBS | {"batch_size": 2, "samples": 2, "max_tokens": 4, "rollouts": "trl", "pilot": 2}
    rewards: list[str | dict[str, Any]] = [{"use": "tests.training.test_grpo:Letters"}]
    stage = GRPO(**(knobs | recipe), rewards=rewards, seconds=7.0, validation=0.25, patience=9)
    done = train(stage, prompts(8))  # six of them are trained on, in three steps
    assert [line["step"] for line in done.log if "reward" in line] == [1, 2, 3, 4, 5, 6, 7]
    said = [str(line["finding"]) for line in done.log if "finding" in line]
    assert "ended at step 7 of 150, after 7 seconds of training, as `seconds` asks" in said
