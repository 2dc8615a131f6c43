"""Default learning rates go through the published points and stay between them."""

import pytest
from tutelage.training.learning_rates import default_beta, default_rate


def test_published_points_are_met() -> None:
    assert default_rate("sft", 135_000_000, 128, adapter=False) == 1e-3
    assert default_rate("sft", 7_000_000_000, 128, adapter=False) == 2e-5
    assert default_rate("dpo", 135_000_000, 128, adapter=False) == 1e-6
    assert default_rate("dpo", 340_000_000_000, 256, adapter=False) == 3e-7


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_larger_models_take_smaller_steps_and_adapters_ten_times_larger(method: str) -> None:
    sizes = [10**8, 10**9, 10**10, 10**11]
    rates = [default_rate(method, size, 32, adapter=False) for size in sizes]
    assert rates == sorted(rates, reverse=True)
    adapted = [default_rate(method, size, 32, adapter=True) for size in sizes]
    assert adapted == pytest.approx([10 * rate for rate in rates], rel=0.05)


def test_fewer_rows_in_a_step_take_smaller_steps_in_sft() -> None:
    assert default_rate("sft", 10**8, 8, adapter=False) == 2.5e-4
    assert default_rate("sft", 10**8, 512, adapter=False) == 1e-3
    assert default_rate("dpo", 10**8, 8, adapter=False) == 1e-6


def test_small_models_are_held_closer() -> None:
    assert (default_beta(135_000_000), default_beta(7_000_000_000)) == (0.5, 0.1)
