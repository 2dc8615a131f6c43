"""Trainings report to trackers that are installed; which ones does not decide the weights."""

import importlib.util
import os
import sqlite3
from pathlib import Path

import pytest
from tutelage.core.errors import RecipeError
from tutelage.stages import SFT

from tests.training.conftest import Train
from tests.training.row_files import demonstrations
from tests.training.test_sft import sft


def test_a_tracker_that_is_not_installed_is_named_before_anything_runs() -> None:
    missing = next(
        name for name in ("mlflow", "wandb", "trackio") if not importlib.util.find_spec(name)
    )
    with pytest.raises(RecipeError, match=f"report_to: {missing} is not installed; pip install"):
        SFT.model_validate({"report_to": missing}).check(None)


def test_who_is_told_does_not_count_for_the_key() -> None:
    assert SFT(report_to=["trackio"]).identity() == SFT().identity()


def test_trackio_has_the_curve_of_a_training(train: Train) -> None:
    if not importlib.util.find_spec("trackio"):
        pytest.skip("the extra `trackers` is not installed")
    trained = train(sft(report_to="trackio", epochs=1.0), demonstrations(8))
    assert trained.curve()
    files = list(Path(os.environ["TRACKIO_DIR"]).rglob("tutelage*.db"))
    assert files
    with sqlite3.connect(files[0]) as database:
        (count,) = database.execute("select count(*) from metrics").fetchone()
    assert count >= len(trained.curve())
