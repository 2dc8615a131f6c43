"""Texts alike by their shingles, by index and all at once, against comparing every pair."""

import itertools
import random

import numpy as np
import pytest
from tutelage.curation.duplicates import near_pairs, sketches
from tutelage.curation.duplicates import wording_join as join
from tutelage.curation.duplicates.marks import MarkBits, Worded, worded
from tutelage.curation.duplicates.shingles import bands, similarity
from tutelage.curation.duplicates.similar_index import SimilarIndex

WORDS = ("red", "blue", "old", "new", "big", "lamp", "fan", "door", "key", "box")
NAMED = ("Leeds", "Porto", "5", "6", "17")


def _texts(count: int, seed: int = 3) -> list[Worded]:
    """Texts of which many are alike: each a few drawn words away from an earlier one."""
    chance = random.Random(seed)
    texts = [["is", "the", *chance.sample(WORDS + NAMED, 8)]]
    while len(texts) < count:
        words = list(chance.choice(texts))
        for _ in range(chance.randint(0, 3)):
            words[chance.randrange(len(words))] = chance.choice(WORDS + NAMED)
        texts.append(words)
    return [worded(" ".join(words)) for words in texts]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_the_index_finds_nearly_all_that_comparing_finds_and_nothing_else(
    threshold: float,
) -> None:
    texts = _texts(200)
    index = SimilarIndex(threshold)
    found = by_hand = 0
    for number, text in enumerate(texts):
        alike = [similarity(text, other) for other in texts[:number]]
        match = index.find(text)
        assert match is None or match[1] == alike[match[0]] >= threshold
        found += match is not None
        by_hand += any(value >= threshold for value in alike)
        index.add(text)
    assert found >= 0.98 * by_hand > 0


@pytest.mark.parametrize("neighbours", [1, 24])
@pytest.mark.parametrize("threshold", [0.3, 0.7, 0.9, 1.0])
def test_all_at_once_is_as_one_by_one(
    monkeypatch: pytest.MonkeyPatch, threshold: float, neighbours: int
) -> None:
    monkeypatch.setattr(near_pairs, "_NEIGHBOURS", neighbours)
    monkeypatch.setattr(sketches, "_AT_ONCE", 50)
    monkeypatch.setattr(near_pairs, "_PAIRS_AT_ONCE", 50)
    texts = _texts(200)
    found = join.alike_before(texts, threshold, lambda *_: False)
    kept = [number for number, match in enumerate(found) if match is None]
    for number, match in enumerate(found):
        if match is not None:
            assert match[0] < number
            assert match[1] == similarity(texts[match[0]], texts[number]) >= threshold
    missed = [
        other
        for number, other in itertools.combinations(kept, 2)
        if similarity(texts[number], texts[other]) >= threshold
    ]
    assert len(missed) <= 2
    assert len(kept) < 200
    if neighbours > 1:
        assert all(match is None or match[0] in kept for match in found)


def test_many_copies_of_one_text_are_found_however_few_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(near_pairs, "_NEIGHBOURS", 2)
    line = "how do i clean the old lamp that stands in the kitchen of my house by the sea"
    texts = [worded(f"{line} {letter}{other}") for letter in "abcdefghij" for other in "abcdefgh"]
    found = join.alike_before(texts, 0.7, lambda *_: False)
    assert [match is None for match in found] == [True] + [False] * 79


def test_the_first_that_was_kept_is_named() -> None:
    texts = [worded(text) for text in ("what is tea", "what is gin", "what is tea!", "What is tea")]
    assert join.alike_before(texts, 1.0, lambda *_: False) == [None, None, (0, 1.0), (0, 1.0)]
    spared = join.alike_before(texts, 1.0, lambda earlier, later: later == 2)
    assert spared == [None, None, None, (0, 1.0)]
    assert join.alike_before([], 0.7, lambda *_: False) == []


def test_texts_without_words_are_compared_by_their_signs() -> None:
    texts = [worded(text) for text in ("?!", "?!", "...", "")]
    found = join.alike_before(texts, 0.7, lambda *_: False)
    assert [match is None for match in found] == [True, False, True, True]


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_the_bands_bring_together_what_is_at_the_threshold(threshold: float) -> None:
    count, rows = bands(threshold)
    assert count * rows <= 128
    assert 1 - (1 - threshold**rows) ** count >= 0.98


def test_bits_take_for_different_only_what_is() -> None:
    texts = [*_texts(60, 5), worded("what does leeds have"), worded("WHAT DOES LEEDS HAVE")]
    bits = MarkBits.of(texts)
    for number, one in enumerate(texts):
        agree = bits.agree(np.array([number]), np.arange(len(texts)))
        for other, may in zip(texts, agree, strict=True):
            assert may or one.differs(other)
