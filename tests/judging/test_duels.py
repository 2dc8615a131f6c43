"""Duels: both orders must agree, whatever stands first."""

import pytest
from tutelage.contract.context import Context
from tutelage.judging.duels import Duel, prefer
from tutelage.judging.rubric import load_rubric

from tests.judging import judges
from tests.stages.fakes import scripted

PREFERENCE = load_rubric("preference")
DUELS = [
    Duel("longer", "leaf", "What?", "a long answer", "short"),
    Duel("shorter", "leaf", "What?", "brief", "a long answer"),
    Duel("tie", "leaf", "What?", "same length", "length same"),
]


def test_the_winner_is_who_wins_in_both_orders(context: Context) -> None:
    found = prefer(context, scripted("by_length", judges.__name__), PREFERENCE, DUELS)
    assert {name: one.winner for name, one in found.items()} == {
        "longer": "first",
        "shorter": "second",
        "tie": None,
    }
    assert all(one.consistent for one in found.values())
    assert context.ledger.total().requests == 6
    assert all(context.journal.show(key) for one in found.values() for key in one.keys)


def test_a_judge_that_goes_by_position_prefers_nobody(context: Context) -> None:
    found = prefer(context, scripted("first_come", judges.__name__), PREFERENCE, DUELS)
    assert [(one.winner, one.consistent) for one in found.values()] == [(None, False)] * 3
    assert found["tie"].texts == ("It came first.\nBetter: A",) * 2


@pytest.mark.parametrize("name", ["rambling", "second_thoughts"])
def test_verdicts_that_cannot_be_read_are_counted(context: Context, name: str) -> None:
    found = prefer(context, scripted(name, judges.__name__), PREFERENCE, DUELS[:1])
    assert (found["longer"].winner, found["longer"].consistent) == (None, False)
    assert found["longer"].unparsable == 2
