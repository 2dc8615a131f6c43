"""Rollouts for rows with tools: the prompt shows them, and a right call is rewarded."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.known_inputs import Known
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import RowsError
from tutelage.models.chat import Request
from tutelage.models.engines.transformers import Transformers
from tutelage.stages import GRPO, RLOO, Distillation
from tutelage.training.follow import lines_for_user
from tutelage.training.prompt_rows import as_prompts
from tutelage.training.prompts_with_tools import ShowsTools
from tutelage.training.reward_functions import reward_functions
from tutelage.training.rewards.reward_term import build_terms
from tutelage.training.training_rows import Chosen

from tests.models import tiny
from tests.stages.fakes import row
from tests.training.conftest import Train
from tests.training.test_grpo import FAST, LETTERS, prompts
from tests.training.tiny_students import TOOLS, variant
from tests.trees import harbour

PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}}}
CALL = '<tool_call>{"name": "tide", "arguments": {"place": "Elsmere"}}</tool_call>'


def tool(name: str) -> dict[str, Any]:
    """A schema."""
    function = {"name": name, "description": "Looks.", "parameters": PARAMETERS}
    return {"type": "function", "function": function}


def with_tools(count: int) -> list[Row]:
    """One question, with other tools each time, and an earlier call in every second row."""
    rows = []
    for number in range(count):
        called = {"name": f"tide{number}", "arguments": {f"at{number}": number}}
        calls = [{"type": "function", "function": called}]
        earlier = [
            {"role": "user", "content": "And before?"},
            {"role": "assistant", "content": "", "tool_calls": calls},
            {"role": "tool", "content": "high", "name": f"tide{number}"},
        ]
        asked = [*(earlier if number % 2 else []), {"role": "user", "content": "When?"}]
        rows.append(row(f"row{number}", prompt=asked, tools=[tool(f"tide{number}")]))
    return rows


KNOBS: dict[str, Any] = FAST | {"rewards": [LETTERS]}


def shown_by_engine(folder: Path, rows: list[Row]) -> set[str]:
    """What the rows' prompts are in an evaluation."""
    engine = Transformers(tiny.model(folder))
    requests = [Request(one["id"], tuple(one["prompt"]), tools=tuple(one["tools"])) for one in rows]
    return {engine._chat.prompt(request) for request in requests}


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prompts that answers were sampled for."""
    found: list[str] = []
    tokenised = ShowsTools._tokenize_prompts

    def seen(self: Any, prompts: list[Any]) -> Any:
        made = tokenised(self, prompts)
        found.extend(self.processing_class.batch_decode(made[0]))
        return made

    monkeypatch.setattr(ShowsTools, "_tokenize_prompts", seen)
    return found


@pytest.mark.parametrize("template", [None, TOOLS])
@pytest.mark.parametrize(
    "stage",
    [
        GRPO(**KNOBS | {"validation": 0.25}),
        GRPO(**KNOBS | {"rollouts": "openvino"}),
        RLOO(**KNOBS),
        Distillation(max_tokens=4, bf16=False, batch_size=2),
    ],
    ids=["grpo", "openvino", "rloo", "distillation"],
)
def test_rollouts_are_shown_the_tools_of_their_row_as_in_an_evaluation(
    train: Train,
    student: Path,
    tmp_path: Path,
    sampled: list[str],
    stage: Any,
    template: str | None,
) -> None:
    if getattr(stage, "rollouts", "") == "openvino":
        pytest.importorskip("openvino_genai")
    start = variant(student, tmp_path / "start", template=template) if template else student
    rows = with_tools(4)
    teacher = {"teacher": Checkpoint(start)} if isinstance(stage, Distillation) else {}
    done = train(stage, [*rows, *prompts(4)], start=start, **teacher)
    plain = {text for text in sampled if "berth" in text}
    assert len(plain) == 4 and not any("tide" in text for text in plain)
    assert set(sampled) - plain == shown_by_engine(start, rows)
    told = [text for line in done.log for text in lines_for_user(line) if "system turn" in text]
    assert len(told) == (0 if template else 1)


def trace(name: str, *turns: Row, **more: Any) -> Row:
    """A row as the stage `tools` makes it."""
    asked = {"role": "user", "content": f"{name}?"}
    made = {"id": name, "leaf": "*", "parents": [], "messages": [asked, *turns]}
    return made | {"tools": [tool("tide"), tool("moon")]} | more


ANSWER = {"role": "assistant", "content": "At 6."}
CALLS = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"type": "function", "function": {"name": "tide", "arguments": {"place": "Elsmere"}}}
    ],
}
RESULT = {"role": "tool", "name": "tide", "content": "6"}


def scores_of(asked: Row, *answers: Row) -> list[float | None]:
    """What answers to a prompt earn by `verified`."""
    terms = build_terms(["verified"], "rewards")
    (function,) = reward_functions(terms, {}, Chosen([asked], [], 1))
    count = len(answers)
    return function([[one] for one in answers], [[1]] * count, [asked["id"]] * count)


def said(text: str) -> Row:
    return {"role": "assistant", "content": text}


def test_the_call_of_a_trace_is_rewarded_whoever_reads_it_out_of_the_answer() -> None:
    (asked,), _ = as_prompts([trace("a", CALLS, RESULT, ANSWER, tool="tide")], None)
    assert [turn["role"] for turn in asked["prompt"]] == ["user"]
    other = CALL.replace("Elsmere", "Leiden")
    answers = [said(CALL), CALLS, said(other), said(CALL.replace("tide", "sun")), said("At 6.")]
    assert scores_of(asked, *answers) == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_a_trace_without_a_call_rewards_an_answer_in_words() -> None:
    (asked,), _ = as_prompts([trace("a", ANSWER, tool="")], None)
    assert scores_of(asked, said("At 6."), said(CALL)) == [1.0, 0.0]


def test_demands_of_a_row_come_before_what_its_trace_does() -> None:
    own = [{"tool_call": {"name": "moon"}}]
    (asked,), _ = as_prompts([trace("a", CALLS, RESULT, ANSWER, tool="tide", verify=own)], None)
    assert scores_of(asked, said(CALL), said(CALL.replace("tide", "moon"))) == [0.0, 1.0]


def test_demands_on_answers_in_words_do_not_hold_for_a_call(tmp_path: Path) -> None:
    taxonomy = harbour(tmp_path)
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.verify)
    called = trace("a", CALLS, RESULT, ANSWER, tool="tide") | {"leaf": leaf.path}
    told = trace("b", ANSWER, tool="") | {"leaf": leaf.path}
    found, _ = as_prompts([called, told], taxonomy)
    assert [len(one["verify"]) for one in found] == [1, len(leaf.verify) + 1]


def test_one_question_with_other_tools_is_another_prompt() -> None:
    one = row("a", prompt=[{"role": "user", "content": "?"}])
    rows = [one, one, one | {"tools": [tool("tide")]}, one | {"tools": json.dumps([tool("moon")])}]
    assert as_prompts(rows, None)[1] == 1


@pytest.mark.parametrize(
    ("tools", "why"),
    [
        ([{"type": "function"}], "needs a `name`"),
        ([tool("tide") | {"function": {"name": "a", "parameters": {"type": 3}}}], "no JSON Schema"),
        ("[", "row a: `tools`: Expecting value"),
        (3, "row a: `tools`: "),
    ],
)
def test_tools_that_are_none_are_told_before_anything_loads(tools: Any, why: str) -> None:
    rows = [row("a", prompt=[{"role": "user", "content": "?"}], tools=tools)]
    known = Known({"rows": [Rows(rows)]}, {})
    with pytest.raises(RowsError, match=why):
        GRPO(rewards=[LETTERS]).check_known(known, None)
