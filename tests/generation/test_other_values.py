"""Other values of an attribute: of the form of those that the leaf lists, or none."""

import random
import re

import pytest
from tutelage.generation.other_values import WordPool, another, value_maker

CITIES = ["Oslo", "Basel", "Galway", "New York"]
TERMS = ["tea cups", "folding chairs", "envelopes"]


@pytest.mark.parametrize(
    ("values", "form"),
    [(CITIES, r"[A-Z][a-z]{3,}"), (TERMS, "(tea|folding) (cups|chairs|envelopes)")],
)
def test_words_are_made_of_those_listed(values: list[str], form: str) -> None:
    make = value_maker(values)
    assert make is not None
    drawn = [make(random.Random(seed)) for seed in range(40)]
    assert len(set(drawn)) > 4
    assert all(re.fullmatch(form, one) for one in drawn)


def test_numbers_have_as_many_digits() -> None:
    make = value_maker(["2", "15", "100"])
    assert make is not None
    drawn = [int(make(random.Random(seed))) for seed in range(200)]
    assert {len(str(one)) for one in drawn} == {1, 2, 3}
    assert min(drawn) > 1


@pytest.mark.parametrize(
    "values",
    [
        ["urgent", "not urgent"],
        ["before you leave", "if you have time"],
        ["2026-03-01", "2026-04-02"],
        ["A4", "A5"],
        ["oven", "meeting"],
        ["Oslo"],
        ["Oz", "Ys"],
    ],
)
def test_values_without_such_a_form_have_no_others(values: list[str]) -> None:
    assert value_maker(values) is None


def test_none_where_all_draws_are_taken() -> None:
    assert another("7", lambda draw: draw.choice("78"), {"8"}, random.Random(1)) is None
    assert another("7", lambda draw: "8", set(), random.Random(1)) == "8"


def test_words_of_rows_go_into_them() -> None:
    pool = WordPool.of(["Ask Farah for the wool, please.", "The end of it."])
    assert pool.names == ("Farah",)
    assert "wool" in pool.words and "the" not in pool.words
    names, terms = value_maker(CITIES, pool), value_maker(TERMS, pool)
    assert names is not None and terms is not None
    assert "Farah" in {names(random.Random(seed)) for seed in range(20)}
    assert {terms(random.Random(seed)).split()[0] for seed in range(60)} >= {"wool", "tea"}
