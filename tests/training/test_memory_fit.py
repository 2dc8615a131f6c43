"""Before training: the micro-batch that fits, or a clear word on what would."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import StageError
from tutelage.core.free_memory import FreeMemory
from tutelage.stages import SFT
from tutelage.training.memory_estimate import MARGIN, Setting, estimate
from tutelage.training.memory_fit import longest, micro_batch
from tutelage.training.spread_over import processes

from tests.training.row_files import demonstrations
from tests.training.test_memory_estimate import SHAPE
from tests.trees import write


def row(words: int) -> Row:
    answer = [{"role": "assistant", "content": "word " * words}]
    return {"prompt": [{"role": "user", "content": "Why?"}], "completion": answer}


ROWS = [row(3), row(400), row(40)]
FULL = Setting(micro_batch=8, length=1024, rank=0)


def settled(monkeypatch: pytest.MonkeyPatch, free: float, *, chosen: bool = False) -> int:
    monkeypatch.setattr("tutelage.training.memory_fit.read_shape", lambda student: SHAPE)
    monkeypatch.setattr("tutelage.training.memory_fit.free_memory", lambda: FreeMemory("CPU", free))
    return micro_batch(FULL, Path("student"), ROWS, Silent(), chosen=chosen)


def needed(micro: int) -> float:
    length = longest(ROWS, Path("student"))
    setting = Setting(micro, length, accumulates=micro < FULL.micro_batch)
    return MARGIN * estimate(SHAPE, setting).peak + 1


def test_the_longest_row_decides() -> None:
    assert longest(ROWS, Path("student")) == longest(ROWS[1:2], Path("student")) > 400


def test_what_fits_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settled(monkeypatch, needed(8)) == 8


def test_a_smaller_micro_batch_is_taken_where_none_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settled(monkeypatch, needed(2)) == 2
    with pytest.raises(StageError, match="this would fit: micro_batch: 2"):
        settled(monkeypatch, needed(2), chosen=True)


def test_what_only_an_adapter_would_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StageError, match=r"GB are free; this would fit: .*adapter: \{rank: 16"):
        settled(monkeypatch, 2.5e9)


@pytest.mark.parametrize(
    "how",
    [
        {"processes": 2, "fsdp": True},
        {"processes": 4, "deepspeed": 3},
        {"config_file": "two.yaml"},
        {"through": ["srun", "--nodes=2"]},
        {"machines": 2, "processes": 2},
    ],
)
def test_what_is_spread_over_devices_is_not_measured_by_one(
    monkeypatch: pytest.MonkeyPatch, context: Context, tmp_path: Path, how: dict[str, Any]
) -> None:
    jobs: list[dict[str, Any]] = []
    monkeypatch.setattr("tutelage.training.memory_fit.read_shape", lambda student: SHAPE)
    monkeypatch.setattr("tutelage.training.memory_fit.free_memory", lambda: FreeMemory("GPU", 1e9))
    monkeypatch.setattr(
        "tutelage.training.training_stage.launch", lambda job, context: jobs.append(job)
    )
    student = Checkpoint(write(tmp_path / "student" / "config.json", "{}").parent)
    rows = Rows(demonstrations(9))
    SFT(batch_size=7).run(replace(context, accelerate=how), student, rows)
    assert jobs[0]["micro_batch"] == -(-7 // processes(how))
    with pytest.raises(StageError, match="GB are free"):
        SFT(batch_size=7).run(context, student, rows)


def test_processes_share_the_rows_of_a_step_and_a_cpu() -> None:
    setting = SFT(batch_size=9, micro_batch=6).setting(2)
    assert (setting.micro_batch, setting.accumulates) == (5, False)
    assert FreeMemory("CPU", 8e9).for_each(2) == 4e9
    assert FreeMemory("GPU", 8e9).for_each(2) == 8e9


def test_bf16_is_the_users_choice_and_only_otherwise_the_devices() -> None:
    for bf16, on_gpu in ((None, True), (True, True), (False, False)):
        setting = SFT(bf16=bf16).setting()
        assert setting.on("GPU").half is on_gpu
        assert setting.on("CPU").half is bool(bf16)
