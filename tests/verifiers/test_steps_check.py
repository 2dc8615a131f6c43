"""Arithmetic steps computed again: what counts as a step, what is right, where it goes wrong."""

from typing import Any

import pytest
from tutelage.verifiers.arithmetic_steps import arithmetic_steps
from tutelage.verifiers.steps_check import StepsCheck

ROW: dict[str, Any] = {"prompt": [{"role": "user", "content": "Ann has 12 and gets 7."}]}


@pytest.mark.parametrize(
    "text",
    [
        "12 + 7 = 19",
        "5 apples + 3 apples = 8 apples",
        "The total is 12 + 7 = 19, so",
        "12 + 7 = 19 - 5 = 14",
        "10 / 3 = 3.33",
        "10 / 4 ≈ 3",
        "$1,200 + $300 = $1,500.",
        "20% of 50 = 10",
        "30% + 20% = 50%",
        "(3 + 4) * 2 = 14",
        "3 x 4 = 12 and then 12 ÷ 4 = 3",
        "- 12 + 7 = 19",
        "* **4 + 4 = 8**",
        r"\(12 \times 7 = 84\)",
        "5 - 8 = -3",
        "0.1 + 0.2 = 0.3",
        "1/2 + 1/4 = 3/4",
        "Step 2: 12 − 4 = 8",
        "19 = 12 + 7",
    ],
)
def test_right_steps_are_found_right(text: str) -> None:
    steps = arithmetic_steps(text)
    assert steps
    assert all(step.right for step in steps)


@pytest.mark.parametrize(
    "text",
    [
        "12 + 7 = 18",
        "10 / 3 = 3",
        "3 cars * 4 = 13 wheels",
        "2 + 2 = 4, 4 + 4 = 9",
        "20% of 50 = 9",
    ],
)
def test_a_wrong_step_is_found(text: str) -> None:
    assert not arithmetic_steps(text)[-1].right


@pytest.mark.parametrize(
    "text",
    [
        "x + 5 = 12",
        "2x = 10",
        "1 + 1 = 2x",
        "2^3 = 8",
        "2 * 60 minutes = 2 hours",
        "a = b",
        "7 = 7",
    ],
)
def test_algebra_and_conversions_are_no_steps(text: str) -> None:
    assert not arithmetic_steps(text)


def test_the_score_is_the_share_that_is_right() -> None:
    check = StepsCheck()
    assert check.score("12 + 7 = 19\nAnswer: 19", ROW).value == 1
    half = check.score("12 + 7 = 18\nAnswer: 18", ROW)
    assert half.value == 0.5
    assert half.reason == "12 + 7 = 18 is wrong: it comes to 19"
    assert check.score("12 + 7 = 19\nAnswer: 20", ROW).value == 0.5
    assert check.check("12 + 7 = 19\nAnswer: 20", ROW) is not None


def test_an_answer_without_steps_is_worth_nothing_unless_none_are_wanted() -> None:
    assert StepsCheck().score("Answer: 19", ROW).value == 0
    assert StepsCheck(fewest=0).score("Answer: 19", ROW).value == 1


def test_numbers_must_come_from_somewhere_where_that_is_demanded() -> None:
    check = StepsCheck(known_numbers=True)
    assert check.score("12 + 7 = 19\n19 + 12 = 31\nAnswer: 31", ROW).value == 1
    assert "8 stands nowhere" in check.score("12 + 8 = 20\nAnswer: 20", ROW).reason


def test_the_first_wrong_line_is_where_to_go_on_from() -> None:
    answer = "12 + 7 = 19\nSo far so good.\n19 + 1 = 21\n21 + 1 = 22"
    assert answer[StepsCheck().first_wrong(answer, ROW) :].startswith("19 + 1 = 21")
    assert StepsCheck().first_wrong("12 + 7 = 19", ROW) is None


@pytest.mark.parametrize("text", ["1 + " * 5000 + "= 3", "(1 apples " * 3000 + "= 3", "9" * 9999])
def test_a_hostile_text_is_read_in_no_time(text: str) -> None:
    arithmetic_steps(text)
