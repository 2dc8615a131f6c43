"""The speed of training that a log tells."""

import json
from pathlib import Path

import pytest
from tutelage.planning.training_steps import read_steps

SECONDS_PER_TOKEN = 0.01


def log(folder: Path, tokens: list[int], late: float = 0.0) -> Path:
    """TimedSteps of so many tokens at one rate; the second one was held up by so many seconds."""
    counted, now, lines = 0, 100.0, []
    for number, more in enumerate(tokens, 1):
        counted += more
        now += more * SECONDS_PER_TOKEN + (late if number == 2 else 0.0)
        lines.append({"step": number, "num_tokens": counted, "time": now})
    file = folder / "log.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.mark.parametrize("tokens", [[400, 100, 300, 200], [100, 400, 200, 300]])
@pytest.mark.parametrize("late", [0.0, 30.0])
def test_the_rate_is_that_of_a_token_whatever_rows_a_step_has(
    tmp_path: Path, tokens: list[int], late: float
) -> None:
    found = read_steps(log(tmp_path, tokens, late), 25 + late, "the pilot")
    assert found is not None
    assert found.seconds_per_token == pytest.approx(SECONDS_PER_TOKEN)
    assert found.start_seconds == pytest.approx(15 + late)


def test_an_estimated_token_takes_as_much_longer_as_there_are_more_in_truth(tmp_path: Path) -> None:
    found = read_steps(log(tmp_path, [400, 100, 300, 200]), 10, "the pilot", tokens=125)
    assert found is not None
    assert found.seconds_per_token == pytest.approx(2 * SECONDS_PER_TOKEN)


def test_a_log_of_one_step_tells_nothing(tmp_path: Path) -> None:
    assert read_steps(log(tmp_path, [400]), 10, "the pilot") is None
    assert read_steps(tmp_path / "none.jsonl", 10, "the pilot") is None
