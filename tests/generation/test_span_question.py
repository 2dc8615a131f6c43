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


def test_a_sign_inside_a_number_does_not_part_it() -> None:
    text = "The mill grinds 99.5 per cent of it by 8:30, and Ada Roe sells 12,000 sacks of flour."
    found = [span_question(text, random.Random(seed)) or "" for seed in range(60)]
    assert any("12,000" in question for question in found)
    assert any("8:30" in question for question in found)
    assert not any("12 000" in question or " 99?" in question for question in found)
