"""The compute-optimal strategy: each bin of difficulty takes what is best for it."""

import numpy as np
import pytest
from tutelage.evaluation.statistics.intervals import Numbers
from tutelage.evaluation.test_time.compute_optimal import by_difficulty
from tutelage.evaluation.test_time.spend import Spend
from tutelage.evaluation.test_time.strategies import Line

COUNT = 100
HARD = np.arange(COUNT) < COUNT // 2
LEAVES = ["knowledge/a"] * COUNT


def line(name: str, values: Numbers, tokens: float) -> Line:
    return Line(name, 4, values, (Spend(output_tokens=tokens),) * COUNT)


def test_hard_and_easy_questions_take_different_strategies() -> None:
    rates = np.where(HARD, 0.1, 0.9)
    search = line("search", np.where(HARD, 0.6, 0.5), 100)
    revise = line("revise", np.where(HARD, 0.1, 0.95), 100)
    found = by_difficulty([search, revise], rates, LEAVES, seed=1)
    assert found
    assert found["bins"][0]["name"] == "search"
    assert found["bins"][-1]["name"] == "revise"
    (one,) = found["curve"]
    assert one["score"] > 0.7  # either alone: 0.55, 0.53
    assert one["low"] < one["score"] < one["high"]


def test_the_luckiest_of_many_useless_strategies_is_no_gain() -> None:
    rng = np.random.default_rng(4)
    rates = rng.random(COUNT)
    many = [line(f"s{n}", (rng.random(COUNT) < 0.5).astype(float), 100.0) for n in range(40)]
    found = by_difficulty(many, rates, LEAVES, seed=1)
    assert found
    assert found["curve"][0]["score"] == pytest.approx(0.5, abs=0.13)
    assert max(one["score"] for one in found["bins"]) > 0.7  # picked and measured on the same


def test_a_budget_takes_nothing_that_costs_more() -> None:
    rates = np.linspace(0, 1, COUNT)
    cheap, dear = line("cheap", np.full(COUNT, 0.4), 50), line("dear", np.full(COUNT, 0.8), 500)
    found = by_difficulty([cheap, dear], rates, LEAVES)
    assert found
    assert [round(one["score"], 6) for one in found["curve"]] == [0.4, 0.8]
    assert found["curve"][0]["tokens"] == 50
