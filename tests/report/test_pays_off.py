"""From how many answers on something pays off, whatever costs more: once, by the answer, or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tutelage.report.pays_off import pays_off


@pytest.mark.parametrize(
    ("more", "saved", "words"),
    [
        (1.0, 0.001, "$1 more once than sft and $1 less per 1,000 answers: it pays off from 1,000"),
        (1.0, -0.001, "$1 more per 1,000 answers: it never pays off."),
        (0.0, 0.0, "dpo costs no more once than sft and no more per 1,000 answers: it never"),
        (0.0, 0.001, "dpo costs no more once than sft and $1 less per 1,000 answers: it pays off "),
        (-1.0, 0.001, "$1 less once than sft and $1 less per 1,000 answers: it pays off from the "),
        (-2.0, -0.001, "it is the cheaper one up to 2,000 answers."),
        (None, 0.001, "When dpo pays off is unknown, since a price is."),
        (1.0, None, "When dpo pays off is unknown, since a price is."),
    ],
)
def test_each_case_is_said(more: float | None, saved: float | None, words: str) -> None:
    assert words in pays_off("dpo", "sft", more, saved)


@settings(derandomize=True)
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_number_is_where_the_totals_cross(more: int, saved: int) -> None:
    said = pays_off("a", "b", more, saved)
    number = said.rsplit("from ", 1)[1].split()[0].replace(",", "")
    answers = 1 if number == "the" else int(number)
    assert answers * saved >= more > (answers - 1) * saved
