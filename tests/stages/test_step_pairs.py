"""Beginnings of answers in pairs, by how often completions from there end right."""

from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import RowsError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers.by_process import ByProcess
from tutelage.evaluation.test_time.choosers.text_scores import Shown
from tutelage.judging.pairs.step_values import beginnings
from tutelage.models import reward_scorer
from tutelage.models.answered import Answered
from tutelage.models.chat import Message
from tutelage.stages import StepPairs

from tests.stages.fakes import scripted

ASKED: list[str] = []
SYSTEM: list[str] = []
"""System turns, in which the fake model is told of tools."""
PROMPT: list[Message] = [{"role": "user", "content": "How much is 3 and 4 and 2?"}]
RIGHT, WRONG = "3 + 4 = 7\n7 + 2 = 9\nAnswer: 9", "3 + 4 = 8\n8 + 2 = 10\nAnswer: 10"
SLIP = "3 + 4 = 7\n7 + 2 = 8\nAnswer: 8"


def finisher(messages: tuple[Message, ...], seed: int) -> str:
    """Goes on from the last number of the beginning, as if that were right."""
    begun = messages[-1]["content"]
    ASKED.append(begun)
    SYSTEM.extend(turn["content"] for turn in messages if turn["role"] == "system")
    lines = begun.strip().splitlines()
    result = int(lines[-1].split("=")[1]) + (2 if len(lines) == 1 else 0)
    return f"Answer: {result}"


def attempt(name: str, text: str) -> Row:
    found = {"id": name, "leaf": "*", "parents": [], "prompt": PROMPT, "answer": "9"}
    return found | {"completion": [{"role": "assistant", "content": text}]}


def pairs(context: Context, *texts: str, rollouts: int = 4) -> Rows:
    ASKED.clear()
    rows = Rows([attempt(str(n), text) for n, text in enumerate(texts)])
    return StepPairs(rollouts=rollouts).run(context, [rows], scripted("finisher", __name__))


def test_a_beginning_that_leads_on_is_preferred_to_one_that_does_not(context: Context) -> None:
    made = pairs(context, RIGHT, WRONG)
    texts = [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in made.kept]
    assert texts == list(zip(beginnings(RIGHT), beginnings(WRONG), strict=True))
    assert [row["line"] for row in made.kept] == [1, 2, 3]
    assert {row["margin"] for row in made.kept} == {1.0}
    assert made.kept[0]["parents"] == ["0", "1"]
    assert made.stats["step_values"]["mean_by_line"] == {"1": 0.5, "2": 0.5, "3": 0.5}


def test_equal_beginnings_are_tried_once_and_dead_ones_no_further(context: Context) -> None:
    made = pairs(context, RIGHT, SLIP, WRONG, rollouts=2)
    assert len(made.kept) == 3
    assert ASKED.count("3 + 4 = 7\n") == 2  # two attempts begin so
    assert not any(begun.startswith("3 + 4 = 8\n8") for begun in ASKED)


def test_completions_are_shown_the_tools_of_their_row(context: Context) -> None:
    SYSTEM.clear()
    tool = {"type": "function", "function": {"name": "adder", "description": "Adds."}}
    rows = [attempt(str(n), text) | {"tools": [tool]} for n, text in enumerate((RIGHT, WRONG))]
    StepPairs().run(context, [Rows(rows)], scripted("finisher", __name__))
    assert SYSTEM and all('"adder"' in text for text in SYSTEM)


def test_a_prompt_without_a_difference_and_rows_without_truth_are_told(context: Context) -> None:
    made = pairs(context, RIGHT)
    (row,) = made.rejected
    assert row["reason"].startswith("no_pair") and made.kept == []
    bare = {name: value for name, value in attempt("1", RIGHT).items() if name != "answer"}
    with pytest.raises(RowsError, match="nothing says which answer is right"):
        StepPairs().run(context, [Rows([bare])], scripted("finisher", __name__))


def test_an_answer_is_as_good_as_its_worst_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def scores(folder: Path, answered: list[Answered]) -> list[float]:
        return [-1.0 if one.text.endswith("= 8") else 1.0 for one in answered]

    monkeypatch.setattr(reward_scorer, "reward_scores", scores)
    case = Case("1", "*", "*", (PROMPT[0],), (), ())
    shown: Shown = [(case, text) for text in (RIGHT, SLIP, "")]
    assert ByProcess().scores(Path(), shown) == [1.0, -1.0, 1.0]
