"""Machine time of builds that ended early: counted once, to their last sign of life."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tutelage.runtime.executors import unfinished

from tests.trees import write


def test_a_first_build_carries_nothing(tmp_path: Path) -> None:
    assert unfinished.begin(tmp_path) == 0


def test_a_failed_build_counts_with_the_seconds_it_told(tmp_path: Path) -> None:
    for earlier in (0, 7.5, 15):
        assert unfinished.begin(tmp_path) == earlier
        unfinished.interrupted(tmp_path, 7.5)


def test_a_killed_build_counts_to_its_newest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(
        "tutelage.runtime.executors.unfinished.time", SimpleNamespace(time=lambda: now - 100)
    )
    unfinished.begin(tmp_path)
    os.utime(tmp_path / ".unfinished", (now - 100, now - 100))
    log = write(tmp_path / "checkpoints" / "log.jsonl", "{}\n")
    os.utime(log, (now - 10, now - 10))
    monkeypatch.undo()
    assert unfinished.begin(tmp_path) == pytest.approx(90, abs=1)
    assert unfinished.begin(tmp_path) == pytest.approx(90, abs=1)  # killed again at once


def test_a_finished_build_leaves_no_note(tmp_path: Path) -> None:
    unfinished.begin(tmp_path)
    unfinished.finished(tmp_path)
    assert list(tmp_path.iterdir()) == []
