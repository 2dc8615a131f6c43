"""The collapse warning: silent under noise, heard when rounds narrow."""

import random

import pytest
from tutelage.core.artifacts import Row
from tutelage.curation.diversity.collapse import collapse

THINGS = ["lamp", "fan", "kettle", "drill", "radio", "heater", "tent", "clock", "mower", "scale"]
ASKS = [
    "How do I clean the",
    "What breaks first in a",
    "Where is the",
    "Who repairs a",
    "Why buy a",
]
PLACES = ["garden", "kitchen", "cellar", "office", "garage", "attic", "van", "boat", "shed", "hall"]


def _round(seed: int, things: int, rows: int = 60, leaf: str = "x") -> list[Row]:
    """Questions over so many of the things: the fewer, the narrower."""
    chance = random.Random(seed)
    return [
        {
            "id": f"{seed}:{number}",
            "leaf": leaf,
            "prompt": f"{chance.choice(ASKS[:things])} {chance.choice(THINGS[:things])} "
            f"in the {chance.choice(PLACES[:things])}?",
        }
        for number in range(rows)
    ]


def test_a_round_that_narrows_is_warned_of() -> None:
    (found,) = collapse(_round(1, 10), _round(2, 3))
    assert found.alarm
    assert found.after < found.before
    assert "x: diversity fell" in found.in_words()


def test_rounds_drawn_alike_are_rarely_warned_of() -> None:
    """Of 50 pairs at a level of 1%, more than three alarms have a chance of 0.2%."""
    alarms = sum(
        found.alarm
        for seed in range(50)
        for found in collapse(_round(2 * seed, 10, 30), _round(2 * seed + 1, 10, 30))
    )
    assert alarms <= 3


def test_a_round_that_widens_or_stays_is_not_warned_of() -> None:
    assert not collapse(_round(1, 3), _round(2, 10))[0].alarm
    same = _round(1, 1)
    assert collapse(same, same)[0].p == 1


@pytest.mark.parametrize("rows", [0, 9])
def test_too_few_rows_say_nothing(rows: int) -> None:
    assert collapse(_round(1, 10), _round(2, 10, rows)) == []


def test_each_leaf_is_judged_by_itself() -> None:
    before = _round(1, 10) + _round(2, 10, leaf="y")
    after = _round(3, 10) + _round(4, 2, leaf="y")
    assert [(one.leaf, one.alarm) for one in collapse(before, after)] == [("x", False), ("y", True)]
