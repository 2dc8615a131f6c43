"""Agreement with people, beside an independent implementation."""

import random

import pytest
from statsmodels.stats.inter_rater import cohens_kappa, to_table
from tutelage.judging.agreement import agreement, kappa
from tutelage.judging.grading import Grade


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("grades", [2, 3, 5])
def test_kappa_is_that_of_statsmodels(grades: int, seed: int) -> None:
    draw = random.Random(seed)
    people = [draw.randrange(grades) for _ in range(60)]
    judge = [label if draw.random() < 0.6 else draw.randrange(grades) for label in people]
    table, _ = to_table(list(zip(people, judge, strict=True)), bins=range(grades + 1))
    theirs = cohens_kappa(table, wt="quadratic", return_results=False)
    assert kappa(people, judge) == pytest.approx(theirs)


def test_perfect_agreement_chance_and_nothing_to_tell() -> None:
    assert kappa([1, 2, 3], [1, 2, 3]) == 1
    assert kappa([1, 3, 1, 3], [1, 1, 3, 3]) == 0
    assert kappa([1, 3], [3, 1]) == -1
    assert kappa([2, 2], [1, 3]) == 0
    assert kappa([2, 2], [2, 2]) is None
    assert kappa([], []) is None


def test_grades_that_could_not_be_read_are_counted_apart() -> None:
    grades = {"a": Grade(3, "", ""), "b": Grade(None, "", ""), "c": Grade(1, "", "")}
    measured = agreement(grades, {"a": 3, "b": 1, "c": 1})
    assert (measured.n, measured.unparsable, measured.same, measured.kappa) == (2, 1, 1.0, 1.0)
