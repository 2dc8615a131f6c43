"""On-policy distillation: the student comes to say what its teacher says; what is refused ahead."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Checkpoint
from tutelage.core.errors import InputError, RowsError
from tutelage.models.model_shape import read_shape
from tutelage.stages import GRPO, SFT, Distillation
from tutelage.training.adapter import Adapter
from tutelage.training.memory_estimate import estimate

from tests.stages.fakes import answered
from tests.training.conftest import Train
from tests.training.test_grpo import prompts
from tests.training.test_resume import Kill, Killed, kill  # noqa: F401
from tests.training.tiny_students import NO_SYSTEM, variant

FAST: dict[str, Any] = {"learning_rate": 1e-2, "bf16": False, "batch_size": 4, "max_tokens": 6}


@pytest.fixture
def teacher(train: Train) -> Checkpoint:
    """A student that has learnt to say `berth`, whatever it is asked."""
    rows = [answered("berth berth", f"row{n}", leaf="a") for n in range(8)]
    return Checkpoint(train(SFT(**FAST_SFT), rows, "teacher").folder)


FAST_SFT: dict[str, Any] = {"epochs": 20.0, "learning_rate": 1e-2, "bf16": False, "batch_size": 4}


@pytest.mark.parametrize("divergence", [0.0, 0.5])
def test_the_student_comes_nearer_to_its_teacher(
    train: Train, teacher: Checkpoint, divergence: float
) -> None:
    done = train(
        Distillation(**FAST, divergence=divergence, epochs=12.0), prompts(16), teacher=teacher
    )
    apart = done.curve()
    assert sum(apart[-8:]) < 0.6 * sum(apart[:8])
    assert {"entropy", "completions/mean_length"} <= {name for line in done.log for name in line}


def test_held_out_prompts_choose_the_best_step(train: Train, teacher: Checkpoint) -> None:
    stage = Distillation(**FAST, validation=0.25, epochs=2.0)
    done = train(stage, prompts(8), teacher=teacher)
    (best,) = [line for line in done.log if "best_step" in line]
    looks = {line["step"]: line["eval_loss"] for line in done.log if "eval_loss" in line}
    assert best["best_eval_loss"] == min(value for step, value in looks.items() if step)


def test_a_student_that_says_what_its_teacher_says_is_kept(
    train: Train, teacher: Checkpoint
) -> None:
    stage = Distillation(**FAST, validation=0.25, epochs=1.0)
    done = train(stage, prompts(8), start=teacher.folder, teacher=teacher)
    (told,) = [line["warning"] for line in done.log if "better on held-out" in str(line)]
    assert told.endswith("To gain something change divergence, learning_rate or epochs")


def test_a_killed_distillation_goes_on(
    train: Train,
    kill: Kill,  # noqa: F811
    teacher: Checkpoint,
) -> None:
    stage = Distillation(**FAST, epochs=2.0, micro_batch=2, save_every_seconds=1e-9)
    whole = train(stage, prompts(8), "whole", teacher=teacher)
    kill("training_step", 4)
    with pytest.raises(Killed):
        train(stage, prompts(8), "killed", teacher=teacher)
    resumed = train(stage, prompts(8), "killed", teacher=teacher)
    assert resumed.weights() == whole.weights()
    assert resumed.curve() == whole.curve()


def test_an_adapter_is_trained_too(train: Train, teacher: Checkpoint) -> None:
    done = train(Distillation(**FAST, adapter=Adapter(rank=2)), prompts(8), teacher=teacher)
    assert (done.folder / "adapter_config.json").exists()


def test_a_teacher_that_cannot_be_compared_is_told(
    train: Train, student: Path, tmp_path: Path
) -> None:
    stage = Distillation(**FAST)
    other = variant(student, tmp_path / "other", template=NO_SYSTEM, tokens=("<|x|>",))
    with pytest.raises(InputError, match="the teacher has another tokenizer"):
        train(stage, prompts(4), teacher=Checkpoint(other))
    rows = [answered("berth", "row", leaf="a")]
    adapter = train(SFT(**FAST_SFT, adapter=Adapter(rank=2)), rows, "adapter")
    with pytest.raises(InputError, match=r"the teacher is an adapter; merge it .*tutelage merge"):
        train(stage, prompts(4), teacher=Checkpoint(adapter.folder))


def test_fewer_prompts_than_a_step_takes_are_told(train: Train, teacher: Checkpoint) -> None:
    with pytest.raises(RowsError, match="3 prompts to train on, and a step takes 4"):
        train(Distillation(**FAST), prompts(3), teacher=teacher)
    with pytest.raises(RowsError, match="3 prompts to train on, and a step takes 4"):
        train(Distillation(**FAST, validation=0.25), prompts(4), teacher=teacher)
    with pytest.raises(RowsError, match="1 prompts to train on, and a step takes 2"):
        train(GRPO(batch_size=2), prompts(1, verify=[{"max_words": 3}]))


def test_its_memory_holds_the_teacher(student: Path) -> None:
    shape = read_shape(student)
    stage = Distillation(batch_size=1, max_length=10, max_tokens=10)
    alone = SFT(batch_size=1, max_length=20)
    more = estimate(shape, stage.setting()).weights - estimate(shape, alone.setting()).weights
    assert more == 4 * shape.parameters
