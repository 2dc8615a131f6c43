"""Exact match and token F1 against values worked out by hand from SQuAD's definitions."""

import pytest
from tutelage.verifiers.overlap import exact_match, token_f1


@pytest.mark.parametrize(
    ("answer", "accept", "f1"),
    [
        ("The cat sat.", "cat sat", 1.0),  # articles and punctuation do not count
        ("in the year 1948", "1948", 0.5),  # precision 1/3, recall 1
        ("Denver Broncos", "the Denver Broncos team", 0.8),  # precision 1, recall 2/3
        ("red red", "red", 2 / 3),  # a token counts once for each time it was wanted
        ("blue", "red", 0.0),
        ("", "red", 0.0),
        ("the", "a", 0.0),  # an article that is the whole text is the answer
        ("", "A", 0.0),
        ("3.5 or 4", "35 or 4", 2 / 3),
    ],
)
def test_token_f1(answer: str, accept: str, f1: float) -> None:
    assert token_f1(answer, [accept]) == pytest.approx(f1)


def test_the_accepted_text_that_suits_best_counts() -> None:
    assert token_f1("forty minutes", ["an hour", "forty minutes or so"]) == pytest.approx(2 / 3)


def test_exact_match_takes_the_whole_answer() -> None:
    assert exact_match("  THE   Eiffel Tower!", ["Eiffel Tower"])
    assert not exact_match("It is the Eiffel Tower", ["Eiffel Tower"])


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("35", "3.5"),
        ("5", "-5"),
        ("\u22125", "5"),
        ("80", "8.0"),
        ("34", "3/4"),
        ("35", "3-5"),
        ("930", "9:30"),
        ("$5", "-$5"),
        ("1.2", "1,23"),
        ("", "A"),
        ("The", "A"),
        ("vitamin", "vitamin A"),
        ("+", "-"),
        ("", "+"),
    ],
)
def test_numbers_and_answers_that_are_an_article_or_a_sign_stay_themselves(
    answer: str, accept: str
) -> None:
    assert not exact_match(answer, [accept])
    assert not exact_match(accept, [answer])


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("**3.5**.", "3.5"),
        ("$1,200.00", "1200"),
        ("-.5", "\u22120.5"),
        ("8.0", "8"),
        ("(A)", "a"),
        ("A cat and the dog", "cat and dog"),
        ("well-known", "wellknown"),
    ],
)
def test_the_same_answer_written_otherwise_matches(answer: str, accept: str) -> None:
    assert exact_match(answer, [accept])
