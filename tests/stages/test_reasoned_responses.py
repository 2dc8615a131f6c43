"""Answers with their reasoning: verified attempts, shortest or spread, a way to a known end."""

from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of
from tutelage.core.errors import RecipeError, RowsError
from tutelage.generation.worked_text import Worked, mixes_languages, split_worked, switches
from tutelage.models.chat import Message
from tutelage.stages import Responses

from tests.stages.fakes import scripted

SAMPLED: dict[str, Any] = {"help": "none", "reasoning": True, "samples": 6, "temperature": 0.8}


def drifting(messages: tuple[Message, ...], seed: int) -> str:
    """By its seed right after some lines, right on the way only, wrong, or without steps."""
    long = "\n".join(f"line {n}" for n in range(seed % 5))
    kinds = [
        f"3 + 4 = 7{long}\nAnswer: 7",
        "3 + 4 = 7\nWait, 7 + 1 = 8\nAnswer: 8",
        "7",
        "<think>3 and 4 are 7</think>7",
    ]
    return kinds[seed % 4]


def lost(messages: tuple[Message, ...], seed: int) -> str:
    """Wrong, unless it is shown the right answer."""
    shown = "The right answer is 7" in messages[-1]["content"]
    return "3 + 4 = 7\nAnswer: 7" if shown else "3 + 4 = 9\nAnswer: 9"


def sums(*names: str, **more: Any) -> Rows:
    turns = [{"role": "user", "content": "What is 3 + 4?"}]
    made: list[Row] = [
        {"id": name, "leaf": "*", "parents": [], "prompt": turns, "answer": "7"} | more
        for name in names
    ]
    return Rows(made)


def model(name: str) -> Any:
    return scripted(name, __name__)


def test_right_attempts_are_kept_with_steps_and_answer_apart(context: Context) -> None:
    made = Responses(**SAMPLED).run(context, sums("a", "b", "c"), model("drifting"))
    Responses(**SAMPLED | {"ask_steps": False}).run(context, sums("d"), model("drifting"))
    asked = [entry["messages"][-1]["content"] for entry in context.journal.entries()]
    assert {"step by step" in text for text in asked[:18]} == {True}
    assert set(asked[18:]) == {"What is 3 + 4?"}
    assert len(made.kept) + len(made.rejected) == 18
    for row in made.kept:
        assert answer_of(row) == "7"
        assert "7" in row["reasoning"] and "Answer" not in row["reasoning"]
        assert row["prompt"][-1]["content"] == "What is 3 + 4?"
    reasons = {row["reason"].partition(":")[0] for row in made.rejected}
    assert reasons == {"verified", "no_steps"}
    figures = made.stats["reasoning"]
    assert figures["right"] == len(made.kept)
    assert figures["attempts"] == 18
    wrong = [row for row in made.rejected if row["reason"].startswith("verified")]
    assert figures["right_then_wrong"] == len(wrong) > 0
    assert figures["switches_wrong"] == 1.0 and figures["switches_right"] == 0.0


@pytest.mark.parametrize(("keep", "most"), [("shortest", 1), ("spread", 4)])
def test_of_right_attempts_some_are_chosen_by_length(
    context: Context, keep: str, most: int
) -> None:
    made = Responses(**SAMPLED | {"keep": keep, "samples": 16}).run(
        context, sums("a"), model("drifting")
    )
    lengths = [len(row["reasoning"]) for row in made.kept]
    others = [
        len(row["reasoning"]) for row in made.rejected if row["reason"].startswith("not_chosen")
    ]
    assert 1 <= len(lengths) <= most
    assert min(lengths) <= min(others, default=10_000)
    assert keep == "shortest" or max(lengths) >= max(others, default=0)


def test_where_all_fail_the_answer_is_shown_once(context: Context) -> None:
    none = Responses(**SAMPLED).run(context, sums("a"), model("lost"))
    assert (none.kept, none.stats["reasoning"]["prompts_solved"]) == ([], 0)
    made = Responses(**SAMPLED | {"rationalise": True}).run(context, sums("b"), model("lost"))
    (kept,) = made.kept
    assert (kept["rationalised"], answer_of(kept), kept["reasoning"]) == (True, "7", "3 + 4 = 7")
    assert made.stats["reasoning"]["rationalised"] == 1


def test_nothing_is_chosen_among_where_nothing_says_what_is_right(context: Context) -> None:
    stage = Responses(**SAMPLED | {"keep": "shortest"})
    with pytest.raises(RowsError, match=r"nothing says which attempt is right"):
        stage.run(context, sums("a", answer=None), model("drifting"))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"keep": "shortest"}, "reasoning: true"),
        ({"rationalise": True}, "reasoning: true"),
        ({"ask_steps": False}, "reasoning: true"),
        ({"reasoning": True, "samples": 4}, "all alike"),
        ({"reasoning": True, "tries": 3}, "samples"),
        ({"reasoning": True, "json_schema": {"type": "object"}}, "leaves no room"),
    ],
)
def test_knobs_that_contradict_are_named(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Responses(**{"help": "none"} | knobs).check(None)


def test_steps_languages_and_switches_are_read_off_the_text() -> None:
    worked = split_worked("One.\nTwo.\n**Answer:** 5")
    assert worked and (worked.steps, worked.answer) == ("One.\nTwo.", "5")
    assert split_worked("One.\n<b>Answer: 5</b>") == Worked("One.", "5")
    assert split_worked("Answer: 5") is None
    assert split_worked("only words") is None
    assert mixes_languages("\u8fd9\u662f seven", "What is it?")
    assert not mixes_languages("x = 3, so it is seven", "What is it?")
    assert switches("First this. Wait, no. Alternatively, that.\nHmm, 3") == 3
