"""The truth that a row brings: a final answer, tests of code, demands; and partial scores."""

import os
import time
from typing import Any

import pytest
from tutelage.core.errors import RowsError
from tutelage.verifiers.ground_truth import demands_on, has_truth, row_demands
from tutelage.verifiers.math_equal import math_equal
from tutelage.verifiers.right_answer import RightAnswer, final_answer
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import build_verifiers, score_answer


def right(text: str, reply: str) -> bool:
    return RightAnswer(text=text).check(reply, {}) is None


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("3 + 4 = 7\nAnswer: 7", "7"),
        ("**Answer:** 7", "7"),
        ("The final answer is: 12 kg", "12 kg"),
        ("first\nAnswer: 1\nno, wait\nAnswer: 2", "2"),
        (r"so \boxed{\frac{1}{2}} it is", r"\frac{1}{2}"),
        ('Answer: {"a": 1,\n "b": 2}', '{"a": 1,\n "b": 2}'),
        ("there are 7 of them", None),
        (r"\boxed{1", None),
    ],
)
def test_the_final_answer_is_found(reply: str, answer: str | None) -> None:
    assert final_answer(reply) == answer


@pytest.mark.parametrize(
    ("text", "reply", "is_right"),
    [
        ("1200", "Answer: 1,200", True),
        ("0.5", "Answer: 50%", True),
        ("7", "3 and then 4, so 7 apples in all", True),
        ("7", "7 and then 4, so 11", False),
        ("7", "Answer: 8 (not 7)", True),
        ("-3", "Answer: \u22123", True),
        ("Leiden", "Answer: leiden.", True),
        ("Leiden", "Answer: Leiden or Delft", False),
        ('{"a": 1, "b": [2]}', 'Answer: {"b": [2], "a": 1}', True),
        ('{"a": 1}', 'Answer: {"a": 2}', False),
        (r"\frac{1}{2}", "Answer: 0.5", True),
        ("x^2 + 2x + 1", r"Answer: $(x+1)^2$", True),
        ("x^2 + 2x + 1", r"Answer: $(x+2)^2$", False),
        ("yes", "Answer: 1/2", False),
    ],
)
def test_answers_are_right_by_their_kind(text: str, reply: str, is_right: bool) -> None:
    assert right(text, reply) == is_right


def test_a_formula_that_never_ends_is_not_equal_and_the_next_one_is_answered() -> None:
    began = time.monotonic()
    assert not math_equal("9^{9^{9^{9}}}", "9^{9^{9^{9}}} + x^2")
    assert time.monotonic() - began < 70
    assert math_equal("2^3", "8")


def test_each_column_of_a_row_is_a_demand() -> None:
    row = {"id": "r", "answer": 7, "verify": [{"max_words": 5}]}
    assert [type(one).__name__ for one in row_demands(row)] == ["RightAnswer", "MaxWords"]
    assert row_demands({"id": "r", "answer": None, "tests": None}) == ()
    assert demands_on({"id": "r", "answer": {"a": [1]}}, None)[0].check('{"a": [1]}', {}) is None
    assert has_truth(row, None) and not has_truth({"id": "r"}, None)


@pytest.mark.parametrize("row", [{"tests": ["assert ("]}, {"verify": [{"max_wrods": 3}]}])
def test_a_truth_that_is_none_is_named_with_its_row(row: dict[str, Any]) -> None:
    with pytest.raises(RowsError, match=r"row r1: (tests|verify)"):
        row_demands({"id": "r1"} | row)


def test_a_score_is_the_mean_and_says_what_is_missing_first() -> None:
    demands = build_verifiers([{"contains": ["one", "two"]}, {"max_words": 2}], "here")
    assert score_answer(demands, "one more word", {}) == Score(0.25, "lacks 'two'")
    assert score_answer((), "anything", {}) == Score(1.0)


def test_parts_of_a_demand_count() -> None:
    (demand,) = build_verifiers([{"json_matches_attributes": ["a", "b"]}], "here")
    row = {"attributes": {"a": "1", "b": "2"}}
    assert demand.score('{"a": 1, "b": 3}', row).value == 0.5
    assert demand.check('{"a": 1, "b": 3}', row) == "b is 3, should be '2'"


@pytest.mark.skipif(os.name != "posix", reason="the sandbox needs POSIX")
def test_code_scores_by_the_tests_it_passes_first() -> None:
    tests = ["assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 9", "assert f(0) == 0"]
    (demand,) = build_verifiers([{"python_tests": {"tests": tests, "passing": 0.5}}], "here")
    half = demand.score("def f(x): return 2 * x", {})
    assert half.value == 0.5 and half.reason.startswith("test 3 failed")
    assert demand.check("def f(x): return 2 * x", {}) is None
    assert demand.score("def f(x): return x", {}).value == 0.0
