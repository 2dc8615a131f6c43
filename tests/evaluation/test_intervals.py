"""Intervals against reference values, and by simulation: they hold the truth in 95% of cases."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import binom, multinomial
from statsmodels.stats.proportion import proportion_confint
from tutelage.evaluation.statistics.intervals import difference_interval, score_interval


@pytest.mark.parametrize(("right", "n"), [(0, 25), (1, 25), (11, 23), (25, 25), (70, 130)])
def test_one_leaf_of_right_and_wrong_gives_wilsons_interval(right: int, n: int) -> None:
    scores = [1.0] * right + [0.0] * (n - right)
    reference = proportion_confint(right, n, method="wilson")
    assert score_interval([scores]) == pytest.approx(reference, abs=1e-9)


@pytest.mark.parametrize("n", [15, 25, 30, 60, 130])
def test_coverage_of_one_leaf_is_95_percent_over_the_possible_truths(n: int) -> None:
    counts = np.arange(n + 1)
    bounds = np.array([score_interval([[1.0] * k + [0.0] * (n - k)]) for k in counts])
    coverage = [
        binom.pmf(counts, n, truth)[(bounds[:, 0] <= truth) & (truth <= bounds[:, 1])].sum()
        for truth in np.linspace(0.02, 0.98, 97)
    ]
    assert float(np.mean(coverage)) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    "truths", [(0.05, 0.05, 0.8, 0.3, 0.6), (0.7, 0.7, 0.95, 0.85, 0.9), (0.4,) * 5]
)
def test_coverage_over_leaves_of_different_difficulty(truths: Sequence[float]) -> None:
    rng = np.random.default_rng(4)
    sizes = (30, 30, 25, 25, 25)
    truth = np.average(truths, weights=sizes)
    held = 0
    for _ in range(2000):
        leaves = [rng.binomial(1, p, n).tolist() for p, n in zip(truths, sizes, strict=True)]
        low, high = score_interval(leaves)
        held += bool(low <= truth <= high)
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("n", [15, 25, 60])
def test_coverage_of_graded_scores(n: int) -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(2000):
        low, high = score_interval([rng.beta(2, 2, n).tolist()])
        held += bool(low <= 0.5 <= high)
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def test_an_interval_never_shrinks_to_a_point() -> None:
    for scores in ([0.0] * 25, [1.0] * 25, [0.5] * 25):
        low, high = score_interval([scores])
        assert 0 <= low < high <= 1
    low, high = difference_interval([[0.0] * 25])
    assert low < 0 < high


def test_coverage_of_a_paired_difference() -> None:
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(2000):
        differences = rng.choice([1.0, -1.0, 0.0], size=130, p=[0.2, 0.1, 0.7]).tolist()
        low, high = difference_interval([differences])
        held += low <= 0.1 <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def _covered(n: int, better: float, worse: float) -> float:
    """The exact share of samples of one leaf whose interval holds the true difference."""
    counts = [(b, w, n - b - w) for b in range(n + 1) for w in range(n + 1 - b)]
    chances = multinomial.pmf(counts, n, [better, worse, 1 - better - worse])
    held = 0.0
    for (b, w, same), chance in zip(counts, chances, strict=True):
        if chance > 1e-7:
            low, high = difference_interval([[1.0] * b + [-1.0] * w + [0.0] * same])
            held += float(chance) * (low <= better - worse <= high)
    return held


@pytest.mark.parametrize("n", [25, 60, 144])
@pytest.mark.parametrize(
    ("better", "worse"), [(0.01, 0), (0.02, 0), (0.05, 0), (0.05, 0.02), (0.1, 0), (0.05, 0.05)]
)
def test_few_changed_answers_never_make_an_interval_too_narrow(
    n: int, better: float, worse: float
) -> None:
    assert _covered(n, better, worse) >= 0.935


@pytest.mark.parametrize(
    ("n", "better", "worse"), [(60, 0.3, 0.05), (144, 0.1, 0.05), (144, 0.1, 0), (144, 0.2, 0.2)]
)
def test_with_eight_changes_to_expect_the_interval_is_no_wider_than_it_says(
    n: int, better: float, worse: float
) -> None:
    assert _covered(n, better, worse) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ([(0.01, 0)] * 5, 1),
        ([(0.02, 0.01)] * 5, 1),
        ([(0.05, 0.02)] * 5, 0.965),
        ([(0.8, 0), (0.02, 0.02), (0, 0), (0.3, 0.1), (0.05, 0.3)], 0.965),
    ],
)
def test_coverage_of_right_and_wrong_differences_over_leaves(
    changes: Sequence[tuple[float, float]], most: float
) -> None:
    rng = np.random.default_rng(14)
    truth = float(np.mean([better - worse for better, worse in changes]))
    held = 0
    for _ in range(2000):
        drawn = [rng.multinomial(28, [b, w, 1 - b - w]) for b, w in changes]
        leaves = [[1.0] * b + [-1.0] * w + [0.0] * same for b, w, same in drawn]
        low, high = difference_interval(leaves)
        held += low <= truth <= high
    assert 0.935 <= held / 2000 <= most


def test_no_change_in_a_few_answers_leaves_much_open() -> None:
    low, high = difference_interval([[0.0] * 26])
    assert (low, high) == pytest.approx((-0.099, 0.099), abs=0.001)


def test_the_score_itself_is_always_inside() -> None:
    for examples in range(1, 200):
        for right in (0, examples):
            low, high = score_interval([[1.0] * right + [0.0] * (examples - right)])
            assert low <= right / examples <= high
