"""Recitals: an answer that says a page is not right because the page holds the answer."""

import pytest
from tutelage.evaluation.recital import Facts

FACTS = Facts(
    [
        "The mill on Dray Street grinds barley for the brewery in Ostrum.",
        "Its wheel was carved from elm by the cooper Halden Weiss.",
        "Flour is sold on Fridays between seven and nine in the yard.",
        "A fee of six florins is taken for every sack of rye.",
    ]
)


@pytest.mark.parametrize(
    "answer",
    [
        "Halden Weiss.",
        "Its wheel was carved from elm by the cooper Halden Weiss.",
        # what leads to the answer may be said before it
        "The mill on Dray Street grinds barley for the brewery in Ostrum. Its wheel was carved "
        "from elm by the cooper Halden Weiss.",
        # so may an explanation that is in no document
        "That was Halden Weiss, a cooper by trade, as far as I know; he made many such wheels in "
        "his long life, and people still speak of him with respect.",
    ],
)
def test_an_answer_with_what_leads_to_it_is_right(answer: str) -> None:
    assert FACTS.recital(answer, ["Halden Weiss", "Weiss"]) is None


def test_several_other_statements_make_a_recital() -> None:
    why = FACTS.recital(" ".join(FACTS.texts), ["Halden Weiss"])
    assert why == "recital: it says 3 other statements of the documents too"


def test_so_does_length_beyond_what_holds_the_answer() -> None:
    why = FACTS.recital("Halden Weiss and others. " * 40, ["Halden Weiss"])
    assert why == "recital: 160 words where 11 answer it"
