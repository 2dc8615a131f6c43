"""Before training: the micro-batch that fits, or a clear word on what would."""

from pathlib import Path

import pytest

from pipeline.artifacts import Row
from pipeline.errors import StageError
from pipeline.free import FreeMemory
from pipeline.memory import MARGIN, Setting, estimate
from pipeline.stage import Silent
from pipeline.training.room import longest, micro_batch
from tests.test_memory import SHAPE


def row(words: int) -> Row:
    answer = [{"role": "assistant", "content": "word " * words}]
    return {"prompt": [{"role": "user", "content": "Why?"}], "completion": answer}


ROWS = [row(3), row(400), row(40)]
FULL = Setting(micro_batch=8, length=1024, rank=0)


def settled(monkeypatch: pytest.MonkeyPatch, free: float, *, chosen: bool = False) -> int:
    monkeypatch.setattr("pipeline.training.room.read_shape", lambda student: SHAPE)
    monkeypatch.setattr("pipeline.training.room.free_memory", lambda: FreeMemory("CPU", free))
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
