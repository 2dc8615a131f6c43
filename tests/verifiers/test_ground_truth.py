"""Answers held against what their own rows know: results, mathematics, JSON, tests, demands."""

import threading
import time
from typing import Any

import pytest
from tutelage.core.errors import RowsError
from tutelage.curation.filters.row_filter import Scope
from tutelage.curation.filters.verified import Verified
from tutelage.evaluation.benchmarks import Benchmark, benchmark_cases
from tutelage.evaluation.cases import row_cases
from tutelage.judging.pairs.prompt_attempts import Checker
from tutelage.verifiers.final_answer import final_answer
from tutelage.verifiers.ground_truth import demands_on, score_answer
from tutelage.verifiers.math_equal import math_equal


def value(said: str, **columns: Any) -> float:
    row = {"id": "1", "leaf": "*", "prompt": [{"role": "user", "content": "?"}], **columns}
    return score_answer(demands_on(row, None), said, row).value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("3 + 4 = 7\nAnswer: 7", "7"),
        ("The answer is 12.\nI hope this helps!", "12."),
        ("**Final answer:** 8 km", "8 km"),
        ("so \\boxed{\\frac{1}{2}} it is", "\\frac{1}{2}"),
        ("Answer: 3\nNo: \\boxed{4}", "4"),
        ("\\boxed{4}, wait\nAnswer: 5", "5"),
        ("a lot\n#### 1,234", "1,234"),
        ("<think>Answer: 3</think>\nIt is 4", "It is 4"),
        ("Answer:\n\n42", "42"),
        ("one line", "one line"),
        ("", ""),
        ("\\boxed{" * 2000, "\\boxed{" * 2000),
    ],
)
def test_the_result_is_where_the_answer_says(text: str, result: str) -> None:
    assert final_answer(text) == result


@pytest.mark.parametrize(
    ("known", "answer", "right"),
    [
        (42, "5 + 37 = 42\nAnswer: 42", 1),
        ("42", "42 and then 43", 0),
        ("1,234.5", "Answer: 1234.5", 1),
        ("12%", "Answer: 0.12", 1),
        ("long story\n#### 18", "Answer: $18.00", 1),
        ("3/4", "Answer: 0.75", 1),
        ("Tuesday", "It is 3 days later.\nAnswer: on Tuesday", 1),
        ("Tuesday", "Monday, Tuesday or Friday\nAnswer: Friday", 0),
        ("\\frac{1}{2}", "Answer: 0.5", 1),
        ("x^2+2x+1", "\\boxed{(x+1)^2}", 1),
        ("x^2", "\\boxed{2x}", 0),
        ("2\\sqrt{3}", "So it is $\\sqrt{12}$", 1),
        (True, "Answer: yes", 1),
        ('{"a": 1, "b": 2}', '```json\n{"a": 1, "b": 3}\n```', 0.5),
        ('{"a": 1}', 'Sure.\nAnswer: {"a": 1}', 1),
        ({"a": 1}, '{"a": 1, "b": 2}', 0.5),
        ("[3, 1]", "Answer: [1, 3]", 0),
        ("[3, 1]", "[3,1]", 1),
    ],
)
def test_an_answer_is_compared_by_what_the_right_one_looks_like(
    known: Any, answer: str, right: float
) -> None:
    assert value(answer, answer=known) == right


def test_a_demand_says_how_the_answer_is_compared() -> None:
    exact = [{"matches_answer": {"compare": "exact"}}]
    assert value("Answer: 0, 1, 2", answer="1, 2") == 1
    assert value("Answer: 0, 1, 2", answer="1, 2", verify=exact) == 0
    near = [{"matches_answer": {"compare": "number", "tolerance": 0.1}}]
    assert value("about 3.1", answer="3.14", verify=near) == 1
    assert value("x", verify=exact) == 0  # a row without an answer


def test_endless_mathematics_is_given_up_and_the_next_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tutelage.verifiers.math_equal.SECONDS", 1.0)
    assert math_equal("\\frac{1}{2}", "1/2")
    started = time.monotonic()
    assert not math_equal("9^{9^{9^{9}}}+x", "9^{9^{9^{9}}}+1+x-1+y")
    assert time.monotonic() - started < 30
    found = list[bool]()
    other = threading.Thread(target=lambda: found.append(math_equal("x+x", "2x")))
    other.start()
    other.join()
    assert found == [True]


TESTS = ["assert double(2) == 4", "assert double(3) == 6", "assert double('a') == 'aa'"]


def test_code_scores_by_the_share_of_the_tests_that_pass() -> None:
    assert value("def double(x): return x * 2", tests=TESTS) == 1
    assert value("def double(x): return x + 2", tests=TESTS) == pytest.approx(1 / 3)
    assert value("def double(x): return 4 if x == 2 else str(x) * 2", tests=TESTS[:1]) == 1
    assert value("def double(x): return 'aa' if x == 'a' else 6", tests=TESTS) == pytest.approx(
        2 / 3
    )
    assert value("def double(x) return", tests=TESTS) == 0
    assert value("import os\ndef double(x): os._exit(0)", tests=TESTS) == 0
    assert value("def double(x): return 9\nraise SystemExit", tests=TESTS) == 0


def test_constraints_stand_in_the_row() -> None:
    row = {"verify": [{"max_words": 3}, {"case": "upper"}], "answer": "7"}
    assert value("SEVEN IS 7", **row) == 1
    assert value("seven is 7", **row) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"tests": "assert True"}, "list of Python statements"),
        ({"tests": ["assert x ="]}, "test 1 is no Python"),
        ({"verify": "max_words"}, "must be a list of demands"),
        ({"verify": [{"max_wrods": 3}]}, "max_words"),
    ],
)
def test_wrong_ground_truth_is_an_error_with_the_row(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(RowsError, match=message) as caught:
        demands_on({"id": "r7", **columns}, None)
    assert "row r7" in str(caught.value)


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
    assert verdicts == [None, "verified: the result is 8, should be 7"]
    checker = Checker(None)
    assert [checker.why_wrong(one) is None for one in rows] == [True, False]
    (case, _) = row_cases(rows)
    assert case.verifiers[0].check("Answer: 7", {**case.truth}) is None
    with pytest.raises(RowsError, match="nothing says what a right answer is"):
        row_cases([row("7")])


def test_a_benchmark_is_scored_by_the_result_and_by_tests(tmp_path: Any) -> None:
    from tutelage.evaluation.scoring import score, vote
    from tutelage.models.chat import Completion, Request, Sampling, Usage

    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"question": "3 + 4?", "answer": "7"}\n'
        '{"question": "double", "tests": ["assert f(1) == 2"]}\n'
    )
    numbers, code = benchmark_cases("mine", Benchmark(path=file, metric="result"), "accept")
    request = Request("1", numbers.messages, Sampling(9))

    def said(text: str) -> Completion:
        return Completion(request, text, "stop", Usage(1, 1, 1))

    assert score(numbers, said("7 is part of it\nAnswer: 12"))[0] == 0
    assert score(numbers, said("3 + 4 = 7\nAnswer: 7"))[0] == 1
    assert vote(numbers, said("so\nAnswer: 7.0")) == vote(numbers, said("\\boxed{7}"))
    assert score(code, said("def f(x): return 2 * x"))[0] == 1
    assert score(code, said("def f(x): return x"))[0] == 0
