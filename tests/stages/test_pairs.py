"""Preference pairs: a right attempt before a wrong one, and why there is none."""

from typing import Any

import pytest

from pipeline.artifacts import Row, Rows, answer_of
from pipeline.errors import TaxonomyError
from pipeline.stage import Context
from pipeline.stages import Pairs
from pipeline.taxonomy import Taxonomy
from tests.stages.fakes import answered
from tests.trees import NOTICES_PATH


def attempts(*texts: str, **more: Any) -> Rows:
    """Attempts at one prompt whose accepted answer is known."""
    rows = [
        answered(text, f"try:{n}", **({"group": "ask:1", "reference": "25 crowns"} | more))
        for n, text in enumerate(texts)
    ]
    return Rows(rows)


def texts(row: Row) -> tuple[str, str]:
    """The chosen and the rejected answer."""
    return row["chosen"][0]["content"], row["rejected"][0]["content"]


def test_a_right_attempt_is_chosen_before_a_wrong_one(context: Context, taxonomy: Taxonomy) -> None:
    made = Pairs().run(context, attempts("It costs 25 crowns", "30 crowns"), taxonomy)
    (pair,) = made.kept
    assert texts(pair) == ("It costs 25 crowns", "30 crowns")
    assert pair["parents"] == ["try:0", "try:1"]
    assert [verdict["keep"] for verdict in pair["verdicts"]] == [True, False]
    assert made.rejected == []


def test_of_right_attempts_the_one_nearest_in_length_is_chosen(
    context: Context, taxonomy: Taxonomy
) -> None:
    given = attempts("25 crowns for one night in that harbour", "25 crowns", "30 crowns")
    (pair,) = Pairs().run(context, given, taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")


@pytest.mark.parametrize("wanted", [1, 2, 9])
def test_a_prompt_gives_so_many_pairs_at_most(
    context: Context, taxonomy: Taxonomy, wanted: int
) -> None:
    given = attempts("25 crowns", "1 crown", "2 crowns", "2 crowns")
    made = Pairs(per_prompt=wanted).run(context, given, taxonomy)
    assert len(made.kept) == min(wanted, 2)  # equal attempts count once
    assert len({pair["id"] for pair in made.kept}) == len(made.kept)


def test_where_all_are_wrong_the_accepted_answer_is_chosen(
    context: Context, taxonomy: Taxonomy
) -> None:
    (pair,) = Pairs().run(context, attempts("30 crowns", ""), taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")
    made = Pairs(reference_as_chosen=False).run(context, attempts("30 crowns"), taxonomy)
    assert [row["reason"] for row in made.rejected] == ["all wrong: no right answer to prefer"]


def test_where_all_are_right_there_is_nothing_to_prefer(
    context: Context, taxonomy: Taxonomy
) -> None:
    made = Pairs().run(context, attempts("25 crowns", "for 25 crowns"), taxonomy)
    assert made.kept == []
    (row,) = made.rejected
    assert (row["id"], row["reason"]) == ("group:ask:1", "all right: nothing to prefer")


def test_a_skill_is_judged_by_its_verifiers(context: Context, taxonomy: Taxonomy) -> None:
    given = attempts('{"boat": "Alma"}', "no JSON", leaf=NOTICES_PATH, reference="")
    (pair,) = Pairs().run(context, given, taxonomy).kept
    assert texts(pair) == ('{"boat": "Alma"}', "no JSON")
    assert answer_of(pair) == '{"boat": "Alma"}'


def test_rows_of_another_taxonomy_are_refused(context: Context, taxonomy: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match="no leaf 'knowledge/other'"):
        Pairs().run(context, attempts("x", leaf="knowledge/other"), taxonomy)
