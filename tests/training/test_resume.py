"""A training that is killed goes on from its last whole checkpoint and ends with the same bits."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import StageError
from tutelage.stages import DPO, SFT
from tutelage.training.adapter import Adapter
from tutelage.training.checkpoints import WORK, last_whole
from tutelage.training.training_stage import TrainingStage

from tests.training.conftest import Train, Trained
from tests.training.row_files import demonstrations, pairs
from tests.training.tiny_students import TOOLS, variant

KNOBS: dict[str, Any] = {
    "epochs": 2.0,
    "learning_rate": 1e-3,
    "bf16": False,
    "batch_size": 4,
    "save_every_seconds": 1e-9,  # after every step
}
DROPOUT = Adapter(rank=4, alpha=8, dropout=0.3)
STAGES = {
    "sft": (SFT(**KNOBS), demonstrations(18)),
    "adapter": (SFT(**KNOBS, adapter=DROPOUT), demonstrations(18)),
    "validation": (SFT(**KNOBS, validation=0.2), demonstrations(24)),
    "dpo": (DPO(**KNOBS), pairs(18)),
}


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


Kill = Callable[[str, int], None]


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Kill:
    """Ends the next training when a method of the trainer is called for the n-th time."""
    from transformers import Trainer

    def at(method: str, call: int) -> None:
        original, calls = getattr(Trainer, method), []

        def dying(self: Any, *given: Any, **options: Any) -> Any:
            calls.append(method)
            if len(calls) == call:
                raise Killed
            return original(self, *given, **options)

        monkeypatch.setattr(Trainer, method, dying)

    return at


def killed(train: Train, stage: TrainingStage, rows: list[Any]) -> None:
    with pytest.raises(Killed):
        train(stage, rows, "killed")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("sft", 1),
        ("sft", 5),
        ("sft", 6),
        ("sft", 10),
        ("adapter", 6),
        ("validation", 7),
        ("dpo", 4),
    ],
)
def test_the_weights_are_the_same_bits(train: Train, kill: Kill, name: str, call: int) -> None:
    stage, rows = STAGES[name]
    whole = train(stage, rows, "whole")
    kill("training_step", call)
    killed(train, stage, rows)
    resumed = train(stage, rows, "killed")
    assert resumed.weights() == whole.weights()
    assert steps(resumed) == steps(whole)


def steps(done: Trained) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in done.log if "loss" in line]


@pytest.mark.parametrize("method", ["_save_optimizer_and_scheduler", "_save_rng_state"])
def test_a_kill_within_a_save_costs_that_step(train: Train, kill: Kill, method: str) -> None:
    stage, rows = STAGES["sft"]
    whole = train(stage, rows, "whole")
    kill(method, 4)
    killed(train, stage, rows)
    assert last_whole(tmp(whole) / "killed" / WORK) == tmp(whole) / "killed" / WORK / "checkpoint-3"
    assert train(stage, rows, "killed").weights() == whole.weights()


def tmp(done: Trained) -> Path:
    return done.folder.parent


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    stage, rows = STAGES["sft"]
    whole = train(stage, rows, "whole")
    save, saved = torch.save, []

    def full(thing: Any, file: Any, *more: Any) -> None:
        saved.append(file)
        if len(saved) > 12:
            Path(file).write_bytes(b"half of it")
            raise OSError(28, "No space left on device")
        save(thing, file, *more)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(StageError, match=r"step \d could not be saved .*No space.*is whole, and"):
        train(stage, rows, "killed")
    left = last_whole(tmp_path / "killed" / WORK)
    assert left is not None
    monkeypatch.setattr(torch, "save", save)
    shutil.copytree(left, tmp_path / "copy")
    assert train(stage, rows, "killed").weights() == whole.weights()


@pytest.mark.parametrize("changed", ["rows", "settings", "student", "template"])
def test_another_training_in_the_same_folder_starts_anew(
    train: Train, kill: Kill, student: Path, tmp_path: Path, changed: str
) -> None:
    stage, rows = STAGES["sft"]
    kill("training_step", 6)
    killed(train, stage, rows)
    start = student
    if changed == "rows":
        rows = demonstrations(19)[1:]
    elif changed == "settings":
        stage = stage.model_copy(update={"learning_rate": 2e-3})
    elif changed == "template":
        stage = stage.model_copy(update={"chat_template": "chatml"})
    else:
        start = variant(student, tmp_path / "other", template=TOOLS)
    anew = train(stage, rows, "killed", start)
    assert [line["done"] for line in anew.log if "done" in line] == [0]
    assert anew.weights() == train(stage, rows, "fresh", start).weights()


def test_what_changes_no_result_goes_on(train: Train, kill: Kill) -> None:
    stage, rows = STAGES["sft"]
    kill("training_step", 6)
    killed(train, stage, rows)
    gone_on = train(stage.model_copy(update={"save_every_seconds": 300.0}), rows, "killed")
    assert [line["done"] for line in gone_on.log if "done" in line][-1] == 5


def test_whole_weights_after_an_adapter_leave_none_of_it(train: Train) -> None:
    train(SFT(**KNOBS, adapter=DROPOUT), demonstrations(8), "same")
    whole = train(SFT(**KNOBS), demonstrations(8), "same")
    assert [file.name for file in whole.folder.glob("*.safetensors")] == ["model.safetensors"]
    assert not (whole.folder / "adapter_config.json").exists()
