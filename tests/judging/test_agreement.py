"""Agreement with people, beside an independent implementation."""

import random

import pytest
from statsmodels.stats.inter_rater import cohens_kappa, to_table
from tutelage.judging.agreement import agreement, kappa
from tutelage.judging.grading import Grade
from tutelage.judging.rubric import Rubric


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
    measured = agreement(grades, {"a": 3, "b": 1, "c": 1}, round)
    assert (measured.n, measured.unparsable, measured.same, measured.kappa) == (2, 1, 1.0, 1.0)


def test_a_mean_of_votes_counts_as_a_grade_that_the_scale_has() -> None:
    rubric = Rubric(scale={1: "bad", 3: "fair", 5: "good"}, prompt="?")
    means = {"a": 2.2, "b": 3.8, "c": 1.8, "d": 5.0, "e": 4.6}
    grades = {name: Grade(mean, "", "") for name, mean in means.items()}
    labels = {"a": 3, "b": 3, "c": 1, "d": 5, "e": 3}
    measured = agreement(grades, labels, rubric.nearest_grade)
    assert (measured.same, measured.kappa) == (1.0, 1.0)
