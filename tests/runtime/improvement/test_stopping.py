"""When a loop ends, and that repeated looks are counted."""

import random

from tutelage.evaluation.statistics.paired import LEVEL
from tutelage.runtime.improvement.stopping import best_round, looks, why_stop

from tests.runtime.improvement.rounds import made_round


def test_it_goes_on_while_rounds_gain() -> None:
    assert why_stop([made_round(1, 10)], 3, "gains_end") is None
    assert why_stop([made_round(1, 10), made_round(2, 20)], 3, "gains_end") is None


def test_it_ends_where_a_round_gains_nothing() -> None:
    why = why_stop([made_round(1, 20), made_round(2, 20)], 5, "gains_end")
    assert why is not None and "round 2 gained nothing" in why
    assert why_stop([made_round(1, 0)], 5, "gains_end") is not None


def test_it_ends_when_all_rounds_are_done_or_all_is_right() -> None:
    assert "all 2 rounds" in str(why_stop([made_round(1, 9), made_round(2, 12)], 2, "gains_end"))
    assert "every" in str(why_stop([made_round(1, 40)], 9, "gains_end"))


def test_until_significant_it_ends_at_a_gain_beyond_chance() -> None:
    assert "beyond chance" in str(why_stop([made_round(1, 20)], 3, "significant"))
    assert why_stop([made_round(1, 5)], 3, "significant") is None


def test_the_more_looks_the_more_it_takes() -> None:
    (one,), (many,) = looks([made_round(1, 6)], 1), looks([made_round(1, 6)], 10)
    assert one["over_base"]["beyond_noise"] and not many["over_base"]["beyond_noise"]
    assert many["over_base"]["p_looks"] == 10 * one["over_base"]["p"]


def test_looks_raise_false_alarms_no_oftener_than_meant() -> None:
    chance, alarms, tries, allowed = random.Random(1), 0, 400, 5
    for _ in range(tries):
        rounds = [made_round(n + 1, 0, 30) for n in range(allowed)]
        for one in rounds:
            for name in one.answers:
                one.base_answers[name] = rounds[0].base_answers.setdefault(name, 0.0)
                one.answers[name] = float(chance.random() < 0.5)
        for name in rounds[0].base_answers:
            rounds[0].base_answers[name] = float(chance.random() < 0.5)
        found = looks(rounds, allowed)
        alarms += any(
            line["over_base"]["beyond_noise"] and line["over_base"]["difference"] > 0
            for line in found
        )
    assert alarms / tries <= LEVEL


def test_the_best_of_equals_is_the_first() -> None:
    assert best_round([made_round(1, 9), made_round(2, 12), made_round(3, 12)]).number == 2
