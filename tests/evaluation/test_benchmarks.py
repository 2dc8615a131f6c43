"""Reading a user's benchmark: what a row may hold, and what is said where one is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import RowsError
from tutelage.evaluation.benchmarks import Benchmark, benchmark_cases, general_cases
from tutelage.evaluation.cases import Case


def read(folder: Path, *rows: Any, **settings: Any) -> list[Case]:
    file = folder / "mine.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return benchmark_cases("mine", Benchmark(path=file, **settings), "accept")


def test_a_row_is_a_question_or_a_conversation(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    plain, chat = read(
        tmp_path, {"question": "1 + 1?", "answer": 2}, {"messages": turns, "accept": ["4", "four"]}
    )
    assert (plain.question, plain.accept, plain.leaf) == ("1 + 1?", ("2",), "benchmark:mine")
    assert (chat.question, chat.accept) == ("2 + 2?", ("4", "four"))
    assert chat.conversation == "system: Be brief.\n2 + 2?"
    assert plain.id != chat.id


def test_the_same_question_twice_is_two_examples(tmp_path: Path) -> None:
    cases = read(tmp_path, *[{"question": "1 + 1?", "answer": "2"}] * 2)
    assert len({case.id for case in cases}) == 2


def test_an_id_that_two_rows_bear_tells_them_apart_all_the_same(tmp_path: Path) -> None:
    rows = [{"id": n % 2, "question": f"{n} + 1?", "answer": n + 1} for n in range(4)]
    assert [case.id for case in read(tmp_path, *rows)] == ["0", "1", "0#2", "1#2"]


def test_a_reference_is_accepted_where_nothing_else_says_what_is_right(tmp_path: Path) -> None:
    asked = {"question": "1 + 1?", "reference": 2}
    alone, beside, other = read(
        tmp_path,
        asked,
        asked | {"verify": [{"max_words": 3}]},
        {"question": "Why?", "answer": "So", "reference": ["a list of one's own"]},
    )
    assert (alone.accept, beside.accept, other.accept) == (("2",), (), ("So",))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": "Why?"}, "row 2: needs `answer`"),
        ({"question": "Why?", "reference": "Hold it until it blinks."}, "row 2: needs `answer`"),
        ({"answer": "x"}, "row 2: needs `question`"),
        ({"question": "Why?", "answer": ["x"]}, "row 2: answer"),
        ({"question": "Why?", "verify": [{"max_word": 3}]}, "did you mean 'max_words'"),
        ({"messages": [{"role": "assistant", "content": "Hi"}], "answer": "x"}, "user's turn"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(RowsError, match=r"mine\.jsonl") as raised:
        read(tmp_path, {"question": "1 + 1?", "answer": "2"}, row)
    assert said in str(raised.value)


def test_a_numeric_benchmark_needs_numbers(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="no accepted answer holds a number"):
        read(tmp_path, {"question": "How many?", "answer": "many"}, metric="numeric")


def test_only_a_judge_can_score_a_row_without_an_answer(tmp_path: Path) -> None:
    (case,) = read(tmp_path, {"question": "Write a poem."}, metric="win_rate")
    assert not case.scored
    assert case.label == "win_rate"


def test_the_shipped_questions_can_be_read_and_are_all_different() -> None:
    cases = general_cases()
    assert len(cases) >= 60
    assert len({case.question for case in cases}) == len(cases)
    assert all(case.scored for case in cases)
