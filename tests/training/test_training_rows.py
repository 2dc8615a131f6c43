"""Rows that cannot be learnt from are left out and counted; validation is held back by leaf."""

from collections import Counter
from typing import Any

import pytest
from tutelage.core.artifacts import Row, answer_of
from tutelage.core.errors import InputError
from tutelage.training.training_rows import choose

from tests.training.row_files import demonstrations, pairs, said

JOB: dict[str, Any] = {"max_length": 50, "validation": 0.0, "seed": 1}


def letters(rows: list[Row]) -> list[int]:
    return [len(answer_of(row)) for row in rows]


def test_rows_left_out_are_counted_by_reason() -> None:
    rows = demonstrations(6)
    rows[0]["completion"] = said("long " * 20)
    rows[1]["completion"] = [{"role": "user", "content": "And then?"}]
    rows[2]["completion"] = said("")
    rows[4]["completion"] = rows[3]["completion"]
    found = choose(rows, JOB, letters)
    assert [row["id"] for row in found.train] == ["row3", "row4", "row5"]
    assert found.facts() == {
        "given": 6,
        "used": 3,
        "validation": 0,
        "left_out": {"no assistant turn": 2, "longer than max_length, 50 tokens": 1},
        "repeated": 1,
    }


def test_a_pair_of_one_answer_teaches_nothing() -> None:
    rows = pairs(2)
    rows[0]["rejected"] = rows[0]["chosen"]
    assert choose(rows, JOB, letters).left_out == {"chosen and rejected are the same": 1}


def test_no_row_left_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no row can be trained on: .*longer than max_length"):
        choose(demonstrations(2), JOB | {"max_length": 1}, letters)


def test_validation_is_a_share_of_each_leaf() -> None:
    found = choose(demonstrations(40), JOB | {"validation": 0.2}, letters)
    assert Counter(row["leaf"] for row in found.validation) == {
        "knowledge/harbour": 4,
        "compositional_skills/notices": 4,
    }
    assert len(found.train) == 32
    again = choose(demonstrations(40)[::-1], JOB | {"validation": 0.2}, letters)
    assert {row["id"] for row in again.validation} == {row["id"] for row in found.validation}


def test_rows_that_say_the_same_are_on_one_side() -> None:
    rows = demonstrations(20)
    copies = [row | {"id": f"{row['id']}~2"} for row in rows]
    found = choose(rows + copies, JOB | {"validation": 0.3}, letters)
    held = {row["id"].partition("~")[0] for row in found.validation}
    assert len(found.validation) == 2 * len(held) == 12
    assert held.isdisjoint(row["id"].partition("~")[0] for row in found.train)


def test_too_few_rows_for_validation_are_named() -> None:
    with pytest.raises(InputError, match=r"validation: 0\.1 of 4 rows in 2 leaves leaves 0 rows"):
        choose(demonstrations(4), JOB | {"validation": 0.1}, letters)
