"""The law of parameters and rows: it finds known laws, predicts a cell, splits a budget."""

import numpy as np
import pytest
from tutelage.evaluation.statistics.loss_law import loss_law
from tutelage.evaluation.statistics.size_law import Cell, SizeLaw, predict_cell, size_law
from tutelage.report.size_words import size_words

TRUTH = SizeLaw(0.08, 0.06, 0.5, 0.12, 0.7, 8_000_000, 400)
SIZES, ROWS = (1_000_000, 3_000_000, 8_000_000), (50, 100, 200, 400)
QUESTIONS = 200


def cells(seed: int, off: float = 0.0) -> list[Cell]:
    rng = np.random.default_rng(seed)
    found = []
    for size in SIZES:
        for rows in ROWS:
            chance = TRUTH.error(size, rows) + off * ((size, rows) == (SIZES[-1], ROWS[-1]))
            errors = rng.binomial(QUESTIONS, min(chance, 1.0), 3) / QUESTIONS
            found.append(Cell(size, rows, tuple(float(error) for error in errors)))
    return found


def test_a_held_out_cell_is_inside_the_band_as_often_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tutelage.evaluation.statistics.size_law.DRAWS", 40)
    checks = [predict_cell(cells(seed), QUESTIONS, seed) for seed in range(40)]
    found = [check for check in checks if check]
    assert sum(check["inside"] for check in found) >= 35  # of 40 at 95%
    assert max(check["high"] - check["low"] for check in found) < 0.15


def test_where_all_take_as_many_steps_there_is_no_budget_to_split() -> None:
    found = size_law(cells(2), QUESTIONS, 2, rows_cost=False)
    assert found["law"] and not found["splits"]
    assert size_words(found | {"by_loss": None})[0].startswith("All parts took as many steps")


def test_the_check_fails_where_the_largest_cell_does_not_follow() -> None:
    found = size_law(cells(1, off=0.3), QUESTIONS, 1)
    assert not found["check"]["inside"]


def test_the_law_is_near_the_truth_and_splits_a_budget() -> None:
    found = size_law(cells(2), 10 * QUESTIONS, 2)
    law = SizeLaw(**found["law"])
    assert law.error(3_000_000, 200) == pytest.approx(TRUTH.error(3_000_000, 200), abs=0.03)
    one, two, four = found["splits"]
    assert one["parameters"] * one["rows"] == pytest.approx(8_000_000 * 400)
    assert one["error"] >= two["error"] >= four["error"]
    assert four["low"] <= four["error"] <= four["high"]


def test_one_size_makes_no_law() -> None:
    assert size_law([one for one in cells(1) if one.parameters == SIZES[0]], 200)["law"] is None


def test_error_follows_loss() -> None:
    losses = [3.0, 2.0, 1.5, 1.0, 0.5]
    errors = [0.9 - 0.8 * np.exp(-1.3 * loss) for loss in losses]
    found = loss_law(losses, errors)
    assert found
    assert found["off"] < 0.01
    assert found["rank_correlation"] == pytest.approx(1.0)
    assert loss_law([1.0, 2.0], [0.1, 0.2]) is None
    assert loss_law([4.0, 3.0, 2.0, 1.0], [1.0] * 4) is None  # nothing was learnt
