"""pass@k is unbiased; the majority wins."""

import itertools

import pytest
from tutelage.evaluation.statistics.attempts import majority, pass_at_k


@pytest.mark.parametrize(("right", "attempts", "k"), [(0, 5, 2), (2, 5, 1), (2, 5, 3), (5, 5, 4)])
def test_pass_at_k_is_the_share_of_all_draws_with_a_right_one(
    right: int, attempts: int, k: int
) -> None:
    marks = [True] * right + [False] * (attempts - right)
    draws = list(itertools.combinations(marks, k))
    assert pass_at_k(right, attempts, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_needs_k_attempts() -> None:
    with pytest.raises(ValueError, match="pass@4"):
        pass_at_k(1, 3, 4)


def test_the_majority_wins_and_of_equals_the_first() -> None:
    assert majority(["a", "b", "b"]) == 1
    assert majority(["a", "b", "c"]) == 0
