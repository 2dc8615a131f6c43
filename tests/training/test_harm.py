"""A training that leaves a dead model is seen: worse than before on its own rows, or not mended."""

from pathlib import Path

import pytest
from tutelage.core.errors import StageError
from tutelage.stages import SFT
from tutelage.training.loss_monitor import LossMonitor

from tests.training.conftest import Train
from tests.training.row_files import demonstrations


def monitor(losses: list[float]) -> LossMonitor:
    found = LossMonitor(Path("checkpoints"), 12.0, 1e-3)
    for step, loss in enumerate(losses, 1):
        found.below_ceiling(loss, step, [])
    return found


FALLING = [2.0 - 0.05 * n for n in range(36)]


def test_a_model_worse_than_before_is_not_saved() -> None:
    with pytest.raises(StageError, match=r"rose from 2 to 7 .*step 37 it jumped from 0.25 to 7"):
        monitor([*FALLING, 7.0, 6.9, 7.1]).still_alive(2.0, 7.0)
    with pytest.raises(StageError, match="harmed the student"):
        monitor(FALLING).still_alive(2.0, float("nan"))


def test_what_was_gained_and_lost_again_is_told() -> None:
    text = monitor([*FALLING, *[1.9] * 9]).still_alive(2.0, 1.9)
    assert text is not None
    assert "has not recovered" in text
    assert "at step 37 it jumped" in text


@pytest.mark.parametrize(
    ("losses", "before", "after"),
    [
        (FALLING, 2.0, 0.2),
        ([*FALLING, 7.0, *FALLING[-20:]], 2.0, 0.3),  # a spike that is got over
        ([0.69] * 20, 0.693, 0.7),  # a gentle training, within noise
        ([0.02, 0.5, 0.01] * 5, 0.02, 0.03),
        ([1.0, 0.9], 1.0, 0.9),
    ],
)
def test_what_a_sound_training_does_is_let_through(
    losses: list[float], before: float, after: float
) -> None:
    assert monitor(losses).still_alive(before, after) is None


def test_a_rate_that_kills_the_student_ends_in_an_error(train: Train) -> None:
    fine = SFT(epochs=20.0, learning_rate=1e-2, bf16=False, batch_size=4)
    good = train(fine, demonstrations(8), "good")
    harmful = fine.model_copy(update={"learning_rate": 0.2, "epochs": 4.0})
    with pytest.raises(
        StageError, match=r"harmed the student: .*; try a lower learning_rate than 0.2"
    ):
        train(harmful, demonstrations(8), "dead", start=good.folder)
    assert not list((good.folder.parent / "dead").glob("*.safetensors"))
