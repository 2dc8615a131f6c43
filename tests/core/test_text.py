"""Words, sentences and stems as verifiers and filters see them."""

from tutelage.core.text import content_stems, count_words, has_phrase, sentences, words


def test_ascii_is_read_as_all_other_text_is() -> None:
    for code in range(128 * 128):
        text = f"it{chr(code // 128)}{chr(code % 128)}s 1{chr(code % 128)}0{chr(code // 128)}X"
        assert words(text) == words(f"{text} \u00e9")[:-1], repr(text)


def test_words_of_many_scripts() -> None:
    assert words("Don\u2019t ask for KT-4821, 1,200.5 or caf\u00e9!") == [
        *("don't", "ask", "for", "kt", "4821", "1,200.5", "or", "caf\u00e9"),
    ]
    assert words("\u4f60\u597d world") == ["\u4f60", "\u597d", "world"]
    assert words("\u0915\u093f\u0924\u093e\u092c") == ["\u0915\u093f\u0924\u093e\u092c"]


def test_counting_ignores_bare_signs() -> None:
    assert count_words("a - b \u2014 c!") == 3


def test_a_phrase_is_whole_words() -> None:
    assert has_phrase("The caf\u00e9's open.", "CAF\u00c9")
    assert not has_phrase("The cafeteria", "cafe")
    assert not has_phrase("anything", " ")


def test_a_hyphen_is_a_hyphen_whether_lines_may_break_at_it() -> None:
    assert has_phrase("a well\u2011known fact", "well-known")
    assert has_phrase("a well-known fact", "well\u2010known")


def test_sentences_keep_numbers_whole() -> None:
    assert sentences('He said "Go." It is 3.5 kg... fine\n\nBye') == [
        *('He said "Go."', "It is 3.5 kg... fine", "Bye"),
    ]


def test_stems_meet_across_endings_and_spelt_numbers() -> None:
    assert content_stems("The batteries last two hours") == content_stems("A battery lasts 2 hour")
