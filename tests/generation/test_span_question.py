"""Questions by rule: a question word stands for a span, beside the words of the sentence."""

import random

import pytest
from tutelage.generation.span_question import question_word, span_question

TEXT = "Every vessel of more than 12 metres must report to Quarn Control, on channel 71."


@pytest.mark.parametrize(
    ("span", "word"),
    [
        ("12 metres", "how many metres"),
        ("41,000 crowns", "how many crowns"),
        ("1934", "which year"),
        ("6:45–10:30", "what time"),
        ("71", "what number"),
        ("64 €", "how much"),
        ("Quarn Control", "who or what"),
        ("fish market", "what"),
    ],
)
def test_the_question_word_fits_the_span(span: str, word: str) -> None:
    assert question_word(span) == word


def test_questions_are_of_the_sentences_own_words_and_differ() -> None:
    found = {span_question(TEXT, random.Random(seed)) for seed in range(40)}
    assert len(found) > 15 and None not in found
    allowed = {word.strip(".,").lower() for word in TEXT.split()}
    allowed |= {"how", "many", "metres", "what", "number", "who", "or"}
    for question in found:
        assert question and question.endswith("?")
        assert {word.lower() for word in question[:-1].split()} <= allowed


def test_a_sentence_without_a_span_gives_none() -> None:
    assert span_question("It is so.", random.Random(1)) is None
