"""Whatever is written in ten scripts is cut, compared and counted without an error or a loss."""

from tutelage.core.language.language_guess import language_of
from tutelage.core.language.numerals import plain_numbers
from tutelage.core.language.question_marks import ends_sentence, is_question
from tutelage.core.language.sentences import sentences
from tutelage.core.text import content_stems, count_words, find_phrase, has_phrase, words
from tutelage.taxonomy.documents.right_to_left import turn
from tutelage.verifiers.accept import accepted

from tests.fuzz.fuzzing import LETTERS, fuzz, mutated
from tests.fuzz.ten_scripts import TEN_SCRIPTS

TEXTS = mutated(*(text for pair in TEN_SCRIPTS.values() for text in pair)) | LETTERS


def test_sentences_lose_nothing() -> None:
    def check(text: str) -> None:
        found = list(sentences(text))
        assert "".join("".join(found).split()) == "".join(text.split())
        assert all(found)

    fuzz(TEXTS, check)


def test_questions_words_and_numbers_of_any_text() -> None:
    def check(text: str) -> None:
        assert is_question(text) in (True, False)
        assert ends_sentence(text) in (True, False)
        assert len(language_of(text)) == 2
        assert count_words(text) >= 0
        assert isinstance(turn(text), str)
        assert plain_numbers(plain_numbers(text)) == plain_numbers(text)
        assert len(content_stems(text)) <= len(words(text))
        assert has_phrase(text, text) == bool(text.strip()) or not words(text)
        for phrase in (text[:5], text[3:9]):
            assert (find_phrase(text, phrase) or "") in text
            assert accepted(text, [phrase]) in (None, phrase)

    fuzz(TEXTS, check)
