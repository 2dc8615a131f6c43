"""Verifiable tasks: right by their own verifiers, worked, and apart in train and exam."""

import re
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from tutelage.core.errors import RecipeError
from tutelage.stages import Filter, VerifiableTasks
from tutelage.verifiers.ground_truth import demands_on, score_answer
from tutelage.verifiers.tasks.maker_table import MAKERS, build_makers
from tutelage.verifiers.tasks.problem import Problem, ProblemMaker
from tutelage.verifiers.tasks.task_set import TaskSet, side


class Doubles(ProblemMaker):
    """One's own kind of problem, in one file."""

    largest: int = 50

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The number decides."""
        n = random.randint(1, self.largest * difficulty)
        return Problem((n,), f"Twice {n}?", str(2 * n), (f"{n} * 2 = {2 * n}",))


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_kind_is_right_worked_and_grows_with_the_difficulty(name: str) -> None:
    lengths = []
    for difficulty in (1, 2, 4):
        rows = TaskSet(tasks=[name], difficulty=[difficulty], rows=3).draw("train")
        assert len({row["id"] for row in rows}) == 3
        for row in rows:
            said = row.get("solution") or f"{row['reasoning']}\nAnswer: {row['answer']}"
            assert score_answer(demands_on(row, None), said, row).value == 1, said
            assert score_answer(demands_on(row, None), "Answer: nothing", row).value < 1
            assert row["reasoning"] and row["leaf"] == f"verifiable/{name}"
        lengths.append(sum(len(row["prompt"][0]["content"]) for row in rows))
    assert lengths[2] >= lengths[0]


@pytest.mark.parametrize("name", ["word_problem", "expression", "units"])
def test_each_worked_step_is_true_and_the_last_is_the_answer(name: str) -> None:
    for row in TaskSet(tasks=[name], difficulty=[4], rows=30).draw("train"):
        results = []
        for line in row["reasoning"].splitlines():
            left, _, right = re.sub(r"\s*\([a-z ]+\)$", "", line).partition(" = ")
            assert eval(left, {"Fraction": Fraction}) == Fraction(right)
            results.append(right)
        assert results[-1] == row["answer"]


def test_no_problem_is_on_both_sides_whatever_seed_wording_or_difficulty() -> None:
    def problems(split: Any) -> set[str]:
        found = set()
        for seed in range(4):
            tasks = TaskSet(tasks=["word_problem", "counting"], difficulty=[2, 3], seed=seed)
            found |= {row["id"] for row in tasks.draw(split)}
        return found

    assert not problems("train") & problems("exam")
    asked = Problem((8, "+ 5"), "Ada has 8 cards ...", "13")
    assert side("word_problem", asked) == side(
        "word_problem", Problem((8, "+ 5"), "Ben has 8 keys ...", "13")
    )


def test_the_same_seed_draws_the_same_rows_and_another_seed_others() -> None:
    tasks = TaskSet(rows=20)
    assert tasks.draw("train") == TaskSet(rows=20).draw("train")
    assert tasks.draw("train") != TaskSet(rows=20, seed=2).draw("train")
    assert len(tasks.draw("exam")) == 20


def test_ones_own_kind_of_problem() -> None:
    spec = {"use": f"{__name__}:Doubles", "largest": 200}
    rows = TaskSet(tasks=[spec, "units"], difficulty=[2], rows=10).draw("train")
    assert {row["leaf"] for row in rows} == {"verifiable/Doubles", "verifiable/units"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tasks": ["word_problems"]}, "word_problem"),
        ({"tasks": [{"word_problem": {"largst": 3}}]}, "largest"),
        ({"tasks": []}, "tasks"),
        ({"tasks": ["units", "units"]}, "there already"),
        ({"difficulty": 0}, "difficulty"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        VerifiableTasks(**fields)


def test_more_problems_than_there_are_is_an_error() -> None:
    tasks = TaskSet(tasks=[{"use": f"{__name__}:Doubles", "largest": 10}], difficulty=[1], rows=50)
    with pytest.raises(RecipeError, match=r"has only .* different problems"):
        tasks.draw("train")


def test_the_stage_gives_rows_that_the_filter_verified_keeps() -> None:
    rows = VerifiableTasks(tasks=["units", "list_function"], rows=8, answered=True)(quiet=True)
    kept = Filter(filters=["verified"])(rows.kept, quiet=True)
    assert (len(kept.kept), len(kept.rejected)) == (8, 0)
    assert build_makers(["units"], "here").keys() == {"units"}
