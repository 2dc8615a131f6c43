"""The truth that a row brings: a final answer, tests of code, demands; and partial scores."""

import os
import time
from typing import Any

import pytest
from tutelage.core.errors import RowsError
from tutelage.curation.filters.row_filter import Scope
from tutelage.curation.filters.verified import Verified
from tutelage.evaluation.benchmarks import Benchmark, benchmark_cases
from tutelage.evaluation.cases import row_cases
from tutelage.judging.pairs.prompt_attempts import Checker
from tutelage.training.rewards.demands_met import DemandsMet
from tutelage.verifiers.ground_truth import demands_on, row_demands
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
        ("7", "Answer: 8 (not 7)", False),
        ("-3", "Answer: \u22123", True),
        ("Leiden", "Answer: leiden.", True),
        ("Leiden", "Answer: Leiden or Delft", False),
        ('{"a": 1, "b": [2]}', 'Answer: {"b": [2], "a": 1}', True),
        ('{"a": 1}', 'Answer: {"a": 2}', False),
        (r"\frac{1}{2}", "Answer: 0.5", True),
        ("x^2 + 2x + 1", r"Answer: $(x+1)^2$", True),
        ("x^2 + 2x + 1", r"Answer: $(x+2)^2$", False),
        ("yes", "Answer: 1/2", False),
        ("12%", "Answer: 0.12", True),
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


@pytest.mark.parametrize(
    ("reference", "said", "is_right"),
    [
        ("42", "Answer: 42", True),
        (42, "6 * 7 = 42", True),
        ("42", "Answer: 41", False),
        (r"\frac{1}{2}", "Answer: 0.5", True),
        (r"\frac{1}{2}", "Answer: 2", False),
    ],
)
def test_a_reference_that_is_a_number_or_formula_is_a_truth(
    reference: object, said: str, is_right: bool
) -> None:
    given = row(said, reference=reference)
    assert (Verified().verdicts([given], Scope()) == [None]) == is_right
    assert (Checker(None).why_wrong(given) is None) == is_right
    assert DemandsMet().unfit(given) is None
    (case,) = row_cases([given])
    assert (case.verifiers[0].check(said, {}) is None) == is_right


@pytest.mark.parametrize(
    "reference", ["1/2", "12/2024", "$5", "x^2", "2x", "x > 5", r"2\sqrt{3}", r"3\times2.5", r"\pi"]
)
def test_a_number_or_formula_in_any_form_is_a_truth(reference: str) -> None:
    assert len(row_demands(row("7", reference=reference))) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"reference": "It is the lamp with the red shade."},
        {"reference": "Leiden"},
        {"reference": '{"a": 1}'},
        {"reference": "and/or"},
        {"reference": "10/12/2024"},
        {"reference": "v1.2.3"},
        {"reference": "v2.0"},
        {"reference": "->"},
        {"reference": "*"},
        {"reference": "|"},
        {"reference": "="},
        {"reference": "<b>"},
        {"reference": "<b>5</b>"},
        {"reference": "a|b"},
        {"reference": "42", "prompt_id": "ask:1"},
        {"reference": ""},
        {},
    ],
)
def test_any_other_reference_demands_nothing(columns: dict[str, Any]) -> None:
    assert row_demands(row("7", **columns)) == ()


def test_another_truth_goes_before_a_reference() -> None:
    (only,) = row_demands(row("7", reference="42", verify=[{"max_words": 3}]))
    assert type(only).__name__ == "MaxWords"


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
def test_code_scores_by_the_share_of_tests_that_pass() -> None:
    tests = ["assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 9", "assert f(0) == 0"]
    (demand,) = build_verifiers([{"python_tests": {"tests": tests, "passing": 0.5}}], "here")
    most = demand.score("def f(x): return 2 * x", {})
    assert most.value == 0.75 and most.reason.startswith("test 3 failed")
    assert demand.check("def f(x): return 2 * x", {}) is None
    assert demand.score("def f(x): return x", {}).value == 0.25
    for cheat in ("raise SystemExit", "import os; os._exit(0)", "def f(x) return"):
        assert demand.score(f"def f(x): return 2 * x\n{cheat}", {}).value == 0.0


def test_json_scores_by_the_share_of_keys_that_are_right() -> None:
    demand = RightAnswer(text='{"a": 1, "b": 2}')
    assert demand.score('{"a": 1, "b": 3}', {}).value == 0.5
    assert demand.score('Answer: {"a": 1, "b": 2, "c": 3}', {}).value == pytest.approx(2 / 3)
    assert demand.score("[1, 2]", {}).value == 0.0


def row(said: str, **columns: Any) -> dict[str, Any]:
    return {
        "id": said,
        "leaf": "*",
        "prompt": [{"role": "user", "content": "How many?"}],
        "completion": [{"role": "assistant", "content": said}],
        **columns,
    }


def test_filter_pairs_and_exams_agree_on_what_is_right(tmp_path: Any) -> None:
    rows = [row("3 + 4 = 7\nAnswer: 7", answer="7"), row("Answer: 8", answer="7")]
    verdicts = Verified().verdicts(rows, Scope())
    assert verdicts == [None, "verified: '8' where '7' was wanted"]
    checker = Checker(None)
    assert [checker.why_wrong(one) is None for one in rows] == [True, False]
    (case, _) = row_cases(rows)
    assert case.verifiers[0].check("Answer: 7", {**case.truth}) is None
    with pytest.raises(RowsError, match="nothing says what a right answer is"):
        row_cases([row("7")])


def test_a_benchmark_is_scored_by_the_result_and_by_tests(tmp_path: Any) -> None:
    from tutelage.accounting.ledger import Usage
    from tutelage.evaluation.scoring import score, vote
    from tutelage.models.chat import Completion, Request, Sampling

    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"question": "3 + 4?", "answer": "7"}\n'
        '{"question": "double", "tests": ["assert f(1) == 2"]}\n'
    )
    numbers, code = benchmark_cases("mine", Benchmark(path=file, metric="result"), "accept")
    request = Request("1", numbers.messages, Sampling(9))

    def said(text: str) -> Completion:
        return Completion(request, text, "stop", Usage(1, 1, 1))

    assert score(numbers, said("7 is part of it\nAnswer: 12")).value == 0
    assert score(numbers, said("3 + 4 = 7\nAnswer: 7")).value == 1
    assert vote(numbers, said("so\nAnswer: 7")) == vote(numbers, said("\\boxed{7}"))
    assert score(code, said("def f(x): return 2 * x")).value == 1
    assert score(code, said("def f(x): return x")).value == 0
