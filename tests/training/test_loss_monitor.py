"""A training that goes wrong stops, saying where, with which rows, and what is left."""

import math
from pathlib import Path

import pytest
from tutelage.core.errors import StageError
from tutelage.training.checkpoints import mark_whole
from tutelage.training.loss_monitor import LossMonitor


def test_a_loss_that_is_no_number_stops_at_once(tmp_path: Path) -> None:
    guard = LossMonitor(tmp_path, 10, 0.5)
    guard.finite("loss", 3.0, 6, ["a"])
    with pytest.raises(StageError) as stopped:
        guard.finite("loss", math.nan, 7, ["a", "b"])
    assert "the loss is nan at step 7; rows a, b; no checkpoint was saved" in str(stopped.value)
    (tmp_path / "checkpoint-5").mkdir()
    mark_whole(tmp_path / "checkpoint-5")
    with pytest.raises(StageError, match=r"last good checkpoint is .*checkpoint-5.*than 0\.5"):
        guard.finite("gradient", math.inf, 7, ["a"])


def test_a_loss_has_exploded_when_it_stays_above_the_ceiling(tmp_path: Path) -> None:
    guard = LossMonitor(tmp_path, 10, 0.5)
    for step, loss in enumerate([11, 11, 9, 11, 11]):
        guard.below_ceiling(loss, step, ["a"])
    with pytest.raises(StageError, match="exploded: 12 at step 5, above 10 for 3 steps; rows a"):
        guard.below_ceiling(12, 5, ["a"])
