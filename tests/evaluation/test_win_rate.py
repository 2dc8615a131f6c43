"""Win rates with length controlled: against statsmodels, and by simulation."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from tutelage.evaluation.statistics.intervals import Numbers
from tutelage.evaluation.statistics.win_rate import win_rate


def drawn(n: int, merit: float, length: float, seed: int) -> tuple[Numbers, Numbers]:
    """Verdicts that depend on merit and on length; a tenth are ties."""
    rng = np.random.default_rng(seed)
    longer = rng.normal(80, 200, n)
    won = rng.binomial(1, expit(merit + length * np.tanh(longer / longer.std()))).astype(float)
    return np.where(rng.random(n) < 0.1, 0.5, won), longer


def test_the_fit_is_statsmodels_own_with_the_priors_as_data() -> None:
    won, longer = drawn(120, 0.4, 1.0, 1)
    control = np.tanh(longer / longer.std())
    x = np.vstack([np.column_stack([np.ones(120), control]), np.eye(2)])
    y = np.append(won, [0.5, 0.5])
    reference = sm.GLM(y, x, family=sm.families.Binomial()).fit(cov_type="HC1")
    found = win_rate(won.tolist(), longer.tolist())
    assert found.score == pytest.approx(float(expit(reference.params[0])), abs=1e-4)
    low, high = reference.conf_int()[0]
    assert (found.low, found.high) == pytest.approx(expit([low, high]), abs=0.005)


def test_a_model_that_wins_by_length_alone_wins_half_when_length_is_controlled() -> None:
    won, longer = drawn(4000, 0.0, 2.0, 2)
    found = win_rate(won.tolist(), longer.tolist())
    assert found.raw > 0.55
    assert found.score == pytest.approx(0.5, abs=0.03)
    assert not found.beyond_noise


@pytest.mark.parametrize(("n", "merit"), [(30, 0.0), (100, 0.0), (100, 1.0)])
def test_the_interval_holds_the_truth_in_95_percent(n: int, merit: float) -> None:
    held = 0
    for seed in range(1500):
        rng = np.random.default_rng(seed)
        longer = rng.normal(0, 200, n)
        won = rng.binomial(1, expit(merit + np.tanh(longer / longer.std()))).astype(float)
        found = win_rate(won.tolist(), longer.tolist())
        held += bool(found.low <= expit(merit) <= found.high)
    assert held / 1500 == pytest.approx(0.95, abs=0.015)


def test_verdicts_that_all_agree_leave_some_doubt() -> None:
    found = win_rate([1.0] * 20, [(-1) ** n * n for n in range(20)])
    assert (found.wins, found.ties, found.losses) == (20, 0, 0)
    assert 0.8 < found.score < 1
    assert found.beyond_noise


def test_where_the_longer_answer_always_won_length_may_be_all_of_it() -> None:
    assert not win_rate([1.0] * 20, list(range(20))).beyond_noise


def test_answers_of_one_length_need_no_control() -> None:
    found = win_rate([1.0, 0.0, 0.5, 1.0], [0.0] * 4)
    assert found.raw == 0.625
    assert found.low < found.score < found.high
