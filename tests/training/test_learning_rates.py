"""Default learning rates go through the published points and stay between them."""

import pytest
from tutelage.stages import DPO, SFT
from tutelage.training.learning_rates import PublishedRates, default_beta


def test_published_points_are_met() -> None:
    assert SFT.rates.peak(135_000_000, 128, adapter=False) == 1e-3
    assert SFT.rates.peak(7_000_000_000, 128, adapter=False) == 2e-5
    assert DPO.rates.peak(135_000_000, 128, adapter=False) == 1e-6
    assert DPO.rates.peak(340_000_000_000, 256, adapter=False) == 3e-7


@pytest.mark.parametrize("rates", [SFT.rates, DPO.rates], ids=["sft", "dpo"])
def test_larger_models_take_smaller_steps_and_adapters_ten_times_larger(
    rates: PublishedRates,
) -> None:
    sizes = [10**8, 10**9, 10**10, 10**11]
    plain = [rates.peak(size, 32, adapter=False) for size in sizes]
    assert plain == sorted(plain, reverse=True)
    adapted = [rates.peak(size, 32, adapter=True) for size in sizes]
    assert adapted == pytest.approx([10 * rate for rate in plain], rel=0.05)


def test_fewer_rows_in_a_step_take_smaller_steps_in_sft() -> None:
    assert SFT.rates.peak(10**8, 8, adapter=False) == 2.5e-4
    assert SFT.rates.peak(10**8, 512, adapter=False) == 1e-3
    assert DPO.rates.peak(10**8, 8, adapter=False) == 1e-6


def test_small_models_are_held_closer() -> None:
    assert (default_beta(135_000_000), default_beta(7_000_000_000)) == (0.5, 0.1)
