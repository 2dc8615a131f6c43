"""Leaves with more to gain are asked for more, within bounds, at about the same cost."""

import pytest
from tutelage.runtime.improvement.steering import (
    LeafScore,
    StageYield,
    leaf_weights,
    stage_weights,
)


def test_the_weaker_leaf_is_asked_for_more() -> None:
    weights = leaf_weights({"weak": LeafScore(0.2, 50), "strong": LeafScore(0.9, 50)})
    assert weights["weak"] > 1 > weights["strong"]
    assert sum(weights.values()) / 2 == pytest.approx(1, abs=0.02)


def test_equal_leaves_are_asked_alike() -> None:
    assert set(leaf_weights({"a": LeafScore(0.5, 30), "b": LeafScore(0.5, 30)}).values()) == {1.0}


def test_no_leaf_is_left_out_and_none_takes_over() -> None:
    done = {f"done{n}": LeafScore(1.0, 1000) for n in range(9)}
    weights = leaf_weights(done | {"weak": LeafScore(0.0, 1000)})
    assert weights["weak"] == 3.0 and min(weights.values()) == 0.25


def test_few_questions_say_little() -> None:
    few = leaf_weights({"a": LeafScore(0.0, 2), "b": LeafScore(1.0, 2)})
    many = leaf_weights({"a": LeafScore(0.0, 200), "b": LeafScore(1.0, 200)})
    assert few["a"] < many["a"]


def test_without_scores_nothing_is_steered() -> None:
    assert leaf_weights({}) == {}


def test_of_the_stages_that_write_for_a_leaf_the_one_that_keeps_more_is_asked_for_more() -> None:
    yields = {
        "tasks": {"a": StageYield(90, 100), "b": StageYield(50, 100)},
        "evolved": {"a": StageYield(10, 100), "b": StageYield(50, 100)},
        "textbook": {"c": StageYield(1, 100)},
    }
    weights = stage_weights({"a": 2.0, "b": 0.5}, yields)
    assert weights["tasks"]["a"] == 3.0 > 2.0 > weights["evolved"]["a"] >= 0.25
    assert weights["tasks"]["b"] == weights["evolved"]["b"] == 0.5
    assert weights["textbook"] == {"c": 1.0}  # nothing else writes for it
