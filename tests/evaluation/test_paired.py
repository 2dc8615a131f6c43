"""Paired tests against reference values, and by simulation: false alarms in 5% of cases."""

import numpy as np
import pytest
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import TTestPower
from tutelage.evaluation.statistics.paired import (
    compare,
    examples_needed,
    mcnemar_exact,
    mcnemar_mid_p,
    scores_needed,
    sign_flip,
)


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (9, 1), (3, 12), (5, 5), (40, 22)])
def test_exact_mcnemar_agrees_with_statsmodels(better: int, worse: int) -> None:
    reference = mcnemar([[10, better], [worse, 10]], exact=True).pvalue
    assert mcnemar_exact(better, worse) == pytest.approx(reference)


def test_mid_p_of_the_published_example() -> None:
    # Fagerland et al. 2013: 1 and 7 discordant pairs
    assert mcnemar_exact(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar_mid_p(1, 7) == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize("disagreement", [0.2, 0.4])
def test_false_alarms_on_right_and_wrong(disagreement: float) -> None:
    rng = np.random.default_rng(7)
    half = disagreement / 2
    draws = rng.multinomial(135, [half, half, 1 - disagreement], size=4000)
    alarms = [mcnemar_mid_p(int(b), int(w)) < 0.05 for b, w, _ in draws]
    assert float(np.mean(alarms)) == pytest.approx(0.05, abs=0.015)


def test_false_alarms_on_graded_scores() -> None:
    rng = np.random.default_rng(8)
    differences = rng.normal(0, 0.2, size=(400, 30))
    alarms = [sign_flip(row.tolist(), seed) < 0.05 for seed, row in enumerate(differences)]
    assert float(np.mean(alarms)) == pytest.approx(0.05, abs=0.015)


def test_sign_flip_agrees_with_scipy() -> None:
    differences = np.random.default_rng(9).normal(0.1, 0.3, size=12)
    reference = permutation_test(
        (differences, np.zeros(12)),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        n_resamples=10_000,
    ).pvalue
    assert sign_flip(differences.tolist()) == pytest.approx(reference, abs=0.015)


def test_a_comparison_counts_wins_and_losses_on_the_same_examples() -> None:
    before = [[0.0] * 20 + [1.0] * 5, [0.0, 1.0]]
    after = [[1.0] * 18 + [0.0] * 2 + [1.0] * 5, [0.0, 0.0]]
    found = compare(before, after)
    assert (found.n, found.better, found.worse) == (27, 18, 1)
    assert found.difference == pytest.approx(17 / 27)
    assert found.low < found.difference < found.high
    assert found.beyond_noise
    assert found.p < 0.001


def test_a_small_difference_is_noise_and_says_how_many_examples_would_show_it() -> None:
    found = compare([[0.0] * 20 + [1.0] * 5], [[1.0] * 2 + [0.0] * 18 + [1.0] * 5])
    assert not found.beyond_noise
    needed = examples_needed(found.difference, (found.better + found.worse) / found.n)
    assert needed is not None
    assert 60 < needed < 130
    assert examples_needed(0.0, 0.2) is None


def test_interval_and_verdict_agree_on_whether_there_is_a_difference() -> None:
    for n in (12, 40, 144, 400):
        for better in range(13):
            for worse in range(better + 1):
                if better + worse <= n:
                    same = n - better - worse
                    before = [[0.0] * better + [1.0] * worse + [1.0] * same]
                    after = [[1.0] * better + [0.0] * worse + [1.0] * same]
                    found, turned = compare(before, after), compare(after, before)
                    assert found.beyond_noise == (not found.low < 0 < found.high and better > worse)
                    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_four_answers_of_forty_that_got_better_are_within_noise_and_so_is_their_interval() -> None:
    found = compare([[0.0] * 40], [[1.0] * 4 + [0.0] * 36])
    assert found.p == pytest.approx(0.0625)
    assert found.low < 0 < found.high


def test_the_number_of_examples_gives_the_power_it_promises() -> None:
    needed = examples_needed(0.15, 0.25)
    assert needed is not None
    rng = np.random.default_rng(10)
    draws = rng.multinomial(needed, [0.2, 0.05, 0.75], size=2000)
    shown = [mcnemar_mid_p(int(b), int(w)) < 0.05 for b, w, _ in draws]
    assert float(np.mean(shown)) == pytest.approx(0.8, abs=0.05)


def test_the_number_of_graded_examples_agrees_with_statsmodels() -> None:
    differences = np.random.default_rng(11).normal(0.05, 0.2, size=40)
    effect = float(differences.mean() / differences.std(ddof=1))
    reference = TTestPower().solve_power(effect_size=effect, alpha=0.05, power=0.8)
    assert scores_needed(differences.tolist()) == pytest.approx(reference, abs=2)
    assert scores_needed([0.1, -0.1]) is None


def test_graded_comparisons_within_noise_say_how_many_examples_would_do() -> None:
    rng = np.random.default_rng(12)
    before = rng.uniform(0.2, 0.8, 30)
    after = np.clip(before + rng.normal(0.01, 0.2, 30), 0, 1)
    found = compare([before.tolist()], [after.tolist()])
    assert found.p_exact is None
    assert not found.beyond_noise
    assert found.needed is not None
    assert found.needed > 2 * found.n
