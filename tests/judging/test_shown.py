"""What judges and reward models see of a row with tools, or with turns before its question."""

import json
from pathlib import Path

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows
from tutelage.judging.shown import shown, shown_answer, shown_question
from tutelage.models.answered import answered_by, answered_with

CALL = {"function": {"name": "tide", "arguments": {"place": "Elsmere"}}}
TIDE = {"type": "function", "function": {"name": "tide", "description": "High water at a place."}}
ASKED = {"role": "user", "content": "When is high water?"}
CALLED = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RETURNED = {"role": "tool", "name": "tide", "content": '"14:20"'}
SAID = {"role": "assistant", "content": "At 14:20."}
TRACE: Row = {"id": "1", "messages": [ASKED, CALLED, RETURNED, SAID], "tools": [TIDE]}


def test_a_row_of_one_question_is_shown_as_it_stands() -> None:
    row = {"prompt": [ASKED], "completion": [SAID]}
    assert (shown_question(row), shown_answer(row)) == ("When is high water?", "At 14:20.")
    assert shown({"prompt": "Why?"}, "So.") == ("Why?", "So.")
    assert shown_answer({"text": "A story."}) == "A story."


def test_tools_calls_and_results_are_shown_to_a_judge() -> None:
    asked, answer = shown_question(TRACE), shown_answer(TRACE)
    assert "High water at a place." in asked and asked.endswith("When is high water?")
    assert [line[:10] for line in answer.splitlines()] == [
        *("<tool_call", "<tool_resp", '"14:20"', "</tool_res", "At 14:20."),
    ]
    assert "Elsmere" in answer


def test_earlier_calls_stand_with_the_question_and_later_ones_with_the_answer() -> None:
    more = {"role": "user", "content": "And tomorrow?"}
    row = {"prompt": [ASKED, CALLED, RETURNED, SAID, more, CALLED, RETURNED]}
    asked, answer = shown(row, "At 15:02.")
    assert asked.index("tool_call") < asked.index("At 14:20.") < asked.index("And tomorrow?")
    assert answer.startswith("<tool_call>") and answer.endswith("At 15:02.")


@pytest.mark.parametrize("split", [1, 3])
def test_a_reward_model_scores_the_last_answer_below_all_turns_before_it(split: int) -> None:
    turns = TRACE["messages"]
    parted: Row = {"prompt": turns[:split], "completion": turns[split:], "tools": [TIDE]}
    for row in (TRACE, parted):
        found = answered_by(row)
        assert list(found.turns) == [ASKED, CALLED, RETURNED]
        assert (found.text, list(found.tools)) == ("At 14:20.", [TIDE])
    assert answered_with({"prompt": "Why?"}, "So.").turns == ({"role": "user", "content": "Why?"},)


def test_what_answers_a_call_is_shown_wherever_it_stands() -> None:
    pair = {"prompt": [ASKED, CALLED, RETURNED], "chosen": [SAID], "rejected": [SAID]}
    assert shown_answer(pair).endswith("At 14:20.") and shown_answer(pair).startswith("<tool_call>")


def test_a_column_of_tools_that_holds_none_is_named(tmp_path: Path) -> None:
    for wrong in ("search, mail", ["search"], 5):
        file = tmp_path / "rows.jsonl"
        file.write_text(json.dumps({"prompt": "Why?", "completion": "So.", "tools": wrong}))
        with pytest.raises(RowsError, match=r"column tools: holds .*a list of mappings"):
            load_rows(file)
    file.write_text(
        json.dumps({"prompt": "Why?", "completion": "So.", "tools": json.dumps([TIDE])})
    )
    assert load_rows(file)[0]["tools"] == [TIDE]
