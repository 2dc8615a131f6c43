"""What a page shows of a row, whichever of TRL's columns it is in."""

from tutelage.report.excerpt import excerpt

SAID = [
    ("system", "Be brief."),
    ("user", "How do I boil an egg?"),
    ("assistant", "Eight minutes."),
    ("user", "And soft?"),
    ("assistant", "Five minutes."),
]
TURNS = [{"role": role, "content": text} for role, text in SAID]
ASKED = "user: How do I boil an egg?\nassistant: Eight minutes.\nAnd soft?"


def test_a_conversation_is_shown_from_its_first_turn() -> None:
    row = {"id": "1", "leaf": "*"}
    whole = excerpt(row | {"messages": TURNS}, "mine")
    assert (whole["question"], whole["answer"]) == (ASKED, "Five minutes.")
    parted = excerpt(row | {"prompt": TURNS[:4], "completion": TURNS[4:]}, "mine")
    assert parted == whole


def test_a_single_question_stands_alone_and_a_long_talk_does_not_hide_it() -> None:
    row = {"id": "1", "leaf": "*"}
    assert excerpt(row | {"prompt": TURNS[:2]}, "mine")["question"] == SAID[1][1]
    assert excerpt(row | {"prompt": "Why?", "completion": "So."}, "mine")["question"] == "Why?"
    assert excerpt(row | {"context": "An egg."}, "mine")["question"] is None
    turns = [TURNS[1], {"role": "assistant", "content": "Well. " * 200}, TURNS[3]]
    assert excerpt(row | {"messages": turns}, "mine")["question"].endswith(" \u2026\nAnd soft?")
