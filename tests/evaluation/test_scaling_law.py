"""The scaling fit: it finds known curves, and foretells a size that it was not shown."""

import numpy as np
import pytest
from tutelage.evaluation.statistics.doubling import predict_largest, statement
from tutelage.evaluation.statistics.scaling_law import Curve, Point, forecast

SIZES = (42, 84, 168, 337)
QUESTIONS = 144


def measured(curve: Curve, seed: int, sizes: tuple[int, ...] = SIZES) -> list[Point]:
    """Three seeds at each size, as noisy as shares of right answers to 144 questions are."""
    rng = np.random.default_rng(seed)
    return [
        Point(rows, tuple(rng.binomial(QUESTIONS, curve.error(rows), 3) / QUESTIONS))
        for rows in sizes
    ]


def test_a_curve_without_noise_is_found() -> None:
    truth = Curve(floor=0.1, scale=4.0, exponent=0.6)
    sizes = (25, 50, 100, 200, 400, 800)
    points = [Point(rows, (truth.error(rows),) * 3) for rows in sizes]
    found = forecast(points, 10_000).curve
    assert found.error(1600) == pytest.approx(truth.error(1600), abs=0.01)
    assert found.exponent == pytest.approx(0.6, abs=0.12)


def test_one_wild_size_does_not_carry_the_curve_away() -> None:
    truth = Curve(floor=0.1, scale=4.0, exponent=0.6)
    points = [Point(rows, (truth.error(rows),) * 3) for rows in (25, 50, 100, 200, 400, 800)]
    points[2] = Point(100, (0.9,) * 3)
    assert forecast(points, 144).curve.error(1600) == pytest.approx(truth.error(1600), abs=0.05)


@pytest.mark.slow
def test_the_largest_size_falls_inside_the_band_foretold_from_the_others() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for seed in range(300):
        floor, exponent = rng.uniform(0, 0.2), rng.uniform(0.2, 1.0)
        curve = Curve(floor, (rng.uniform(0.5, 0.9) - floor) * SIZES[0] ** exponent, exponent)
        check = predict_largest(measured(curve, seed), QUESTIONS, seed)
        inside += bool(check and check["inside"])
    assert inside / 300 > 0.9


def test_a_clear_curve_carries_the_statement() -> None:
    found = statement(measured(Curve(0.1, 6.0, 0.6), 3), QUESTIONS)
    assert found["check"]["inside"]
    assert found["carries"], found["why"]
    doubling = found["doubling"]
    assert doubling["rows"] == 674
    assert doubling["gain_low"] <= doubling["gain"] <= doubling["gain_high"]
    assert doubling["gain"] == pytest.approx(6 * (337**-0.6 - 674**-0.6), abs=0.03)


@pytest.mark.parametrize("error", [0.0, 1.0])
def test_all_or_none_wrong_is_foretold_as_well_as_anything(error: float) -> None:
    found = statement([Point(rows, (error,) * 3) for rows in SIZES], QUESTIONS)
    assert found["check"]["inside"]
    assert found["carries"], found["why"]


def test_errors_that_fall_to_none_are_foretold_too() -> None:
    errors = ((0.3, 0.31, 0.3), (0.08,) * 3, (0.02,) * 3, (0.0,) * 3)
    points = [Point(rows, seen) for rows, seen in zip(SIZES, errors, strict=True)]
    check = predict_largest(points, QUESTIONS)
    assert check is not None
    assert check["inside"]


def test_a_break_in_the_curve_is_seen_and_nothing_is_foretold() -> None:
    errors = (0.9, 0.88, 0.86, 0.3)
    points = [
        Point(rows, (error, error + 0.01, error - 0.01))
        for rows, error in zip(SIZES, errors, strict=True)
    ]
    found = statement(points, QUESTIONS)
    assert not found["carries"]
    assert "missed it" in found["why"]


def test_noise_wider_than_any_gain_carries_nothing() -> None:
    errors = ((0.9, 0.5, 0.7), (0.8, 0.4, 0.6), (0.75, 0.35, 0.5), (0.7, 0.2, 0.5))
    points = [Point(rows, seen) for rows, seen in zip(SIZES, errors, strict=True)]
    found = statement(points, QUESTIONS)
    assert not found["carries"]
    assert "too wide" in found["why"]


def test_too_few_sizes_are_said_so() -> None:
    points = measured(Curve(0.1, 6.0, 0.6), 5)
    assert "at least three sizes" in statement(points[:2], QUESTIONS)["why"]
    assert "fewer than four sizes" in statement(points[:3], QUESTIONS)["why"]
    with pytest.raises(ValueError, match="three sizes"):
        forecast(points[:2], QUESTIONS)
