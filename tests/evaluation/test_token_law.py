"""The law of accuracy against tokens: it finds known curves, and its check can fail."""

import numpy as np
from tutelage.evaluation.statistics.intervals import Numbers
from tutelage.evaluation.statistics.token_law import token_law

TOKENS = [40.0, 80.0, 160.0, 320.0, 640.0]


def questions(seed: int, count: int = 150, jump: float = 0.0) -> Numbers:
    """Accuracy 1 - (0.2 + 3 * tokens^-0.4) of a mean question, some harder than others."""
    rng = np.random.default_rng(seed)
    chances = 0.8 - 3 * np.array(TOKENS) ** -0.4
    chances[-1] += jump
    luck = rng.random((count, 1))  # a question right with few tokens is right with more
    return np.asarray((luck < chances).astype(float))


def test_the_largest_size_falls_into_the_band_of_the_smaller_ones() -> None:
    inside = 0
    for seed in range(4):
        law = token_law(TOKENS, questions(seed), seed)
        assert law
        inside += law["check"]["inside"]
    assert inside >= 3


def test_the_check_fails_where_the_law_does_not_hold() -> None:
    outside = 0
    for seed in range(3):
        law = token_law(TOKENS, questions(seed, jump=-0.25), seed)
        assert law
        outside += not law["check"]["inside"]
    assert outside >= 2


def test_the_band_holds_what_was_measured_and_the_ceiling_is_no_promise() -> None:
    values = questions(1)
    law = token_law(TOKENS, values, 1)
    assert law
    near = min(law["bands"], key=lambda line: abs(line["tokens"] - 320))
    assert near["low"] <= values[:, 3].mean() <= near["high"]
    assert law["measured_to"] == 640
    low, high = law["ceiling_interval"]
    assert low <= law["ceiling"] <= high


def test_two_sizes_make_no_law() -> None:
    assert token_law(TOKENS[:2], questions(1)[:, :2]) is None


def test_sizes_that_answer_alike_make_no_law() -> None:
    assert token_law(TOKENS, np.zeros((6, 5))) is None
    assert token_law(TOKENS, np.repeat([[1.0], [0.0]], 5, axis=1)) is None
