"""Distinct-n and self-BLEU: by hand, and against the library."""

import random

import pytest
from tutelage.curation.diversity.distinct import distinct
from tutelage.curation.diversity.self_bleu import self_bleu

VOCABULARY = ["the", "a", "cat", "dog", "sat", "ran", "on", "under", "mat", "log"]


def test_distinct_counts_different_runs_of_words() -> None:
    texts = [["a", "b", "a"], ["a", "b"]]
    assert distinct(texts, 1) == pytest.approx(2 / 5)
    assert distinct(texts, 2) == pytest.approx(2 / 3)
    assert distinct(texts, 3) == 1
    assert distinct(texts, 4) is None
    assert distinct([], 1) is None


def test_self_bleu_of_equal_and_of_wholly_different_texts() -> None:
    words = ["what", "is", "the", "price", "of", "tea"]
    assert self_bleu([words, list(words)]) == pytest.approx(1)
    assert self_bleu([["a", "b"], ["c", "d"]]) == 0
    assert self_bleu([words]) is None
    assert self_bleu([[], words, words]) == pytest.approx(2 / 3)


def test_self_bleu_is_the_librarys() -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    chance = random.Random(4)
    for _ in range(30):
        texts = [
            [chance.choice(VOCABULARY) for _ in range(chance.randint(1, 12))]
            for _ in range(chance.randint(2, 8))
        ]
        lines = [" ".join(words) for words in texts]
        scores = [
            sacrebleu.sentence_bleu(
                line, lines[:number] + lines[number + 1 :], tokenize="none"
            ).score
            / 100
            for number, line in enumerate(lines)
        ]
        assert self_bleu(texts) == pytest.approx(sum(scores) / len(scores))
