"""Tools that a request shows: by a chat template, in a system turn, to a server; calls as text."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tutelage.core.errors import TerminalError
from tutelage.models.chat import Message, Request
from tutelage.models.engines.anthropic_batches import AnthropicBatches
from tutelage.models.engines.finish_reasons import finish_reason
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.engines.message_parts import message_parts
from tutelage.models.engines.openvino import OpenVINO
from tutelage.models.engines.scripted import Scripted
from tutelage.models.engines.wire import Wire
from tutelage.models.journal import journal_key
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.models.request_charges import worst_case
from tutelage.models.token_estimate import request_tokens
from tutelage.verifiers.tool_calls import ToolInvocation, calls_in

ASKED: tuple[Message, ...] = ({"role": "user", "content": "When is the tide?"},)
PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}}}
FUNCTION = {"name": "tide", "description": "The tide.", "parameters": PARAMETERS}
TOOLS: Any = ({"type": "function", "function": FUNCTION},)
PLAIN, WITH_TOOLS = Request("1", ASKED), Request("1", ASKED, tools=TOOLS)
CALL = ToolInvocation("tide", {"place": "Elsmere"})


def model(ref: str, **settings: Any) -> Model:
    config = ModelConfig.model_validate({"ref": ref} | settings)
    reference = parse_reference(ref, Path())
    return Model("teacher", reference, config, "identity")


def chat(render: Any) -> LocalChat:
    return LocalChat(ModelConfig(ref="m"), render, lambda text: [1, 2], lambda tokens: "")


def blind(turns: list[Message], tools: Any = ()) -> str:
    return "".join(f"<{turn['role']}>{turn['content']}" for turn in turns)


def seeing(turns: list[Message], tools: Any = ()) -> str:
    return "".join(f"<tool>{tool['function']['name']}" for tool in tools) + blind(turns)


def test_a_template_that_knows_tools_shows_them() -> None:
    assert chat(seeing).prompt(WITH_TOOLS) == "<tool>tide<user>When is the tide?"
    assert chat(seeing).prompt(PLAIN) == blind([*ASKED])


def test_another_template_has_them_in_the_system_turn_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    of_mine = chat(blind)
    prompt = of_mine.prompt(WITH_TOOLS)
    assert prompt.startswith("<system>") and '"name": "tide"' in prompt
    system: Message = {"role": "system", "content": "Be brief."}
    again = of_mine.prompt(Request("2", (system, *ASKED), tools=TOOLS))
    assert again.count("<system>") == 1 and "\n\nBe brief.<user>" in again
    assert [record.message.count("shows no tools") for record in caplog.records] == [1]


TURNS: tuple[Message, ...] = (
    *ASKED,
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"type": "function", "function": {"name": "tide", "arguments": {"at": 6}}}],
    },
    {"role": "tool", "content": "high", "name": "tide"},
    {"role": "tool", "content": "low", "name": "tide"},
)


def test_calls_and_results_stand_in_the_text_where_the_template_writes_no_tools() -> None:
    prompt = chat(blind).prompt(Request("1", TURNS))
    assert prompt == (
        '<user>When is the tide?<assistant><tool_call>{"name": "tide", "arguments": {"at": 6}}'
        "</tool_call><user><tool_response>\nhigh\n</tool_response>\n"
        "<tool_response>\nlow\n</tool_response>"
    )
    assert "<tool>high<tool>low" in chat(seeing).prompt(Request("1", TURNS, tools=TOOLS))


def test_a_fake_model_sees_them_too() -> None:
    (answer,) = Scripted(model("scripted:tests.stages.fakes:echo")).complete([WITH_TOOLS])
    assert answer.usage.input_tokens > 20


def test_a_server_is_sent_tools_and_its_calls_become_text() -> None:
    wire = Wire(model("http://localhost:1/v1#m"), "m", "")
    assert wire.fields(WITH_TOOLS)["tools"] == list(TOOLS)
    assert "tools" not in wire.fields(PLAIN)
    called = {"type": "function", "function": {"name": "tide", "arguments": '{"place": "Elsmere"}'}}
    text, _ = message_parts({"tool_calls": [called, called]}, None)
    assert calls_in(text) == [CALL, CALL]
    parts = [{"type": "text", "text": "I look."}]
    parts += [{"type": "tool_use", "name": "tide", "input": {"place": "Elsmere"}}]  # type: ignore[dict-item]
    text, _ = message_parts({}, parts)
    assert text.startswith("I look.\n") and calls_in(text) == [CALL]
    assert {finish_reason(word, 3, 9) for word in ("tool_calls", "tool_use")} == {"stop"}


def test_a_server_that_takes_no_tools_is_named_at_its_first_refusal() -> None:
    wire = Wire(model("http://localhost:1/v1#m"), "m", "")
    body = b'{"error": {"message": "\\"auto\\" tool choice requires --enable-auto-tool-choice"}}'
    sent = wire.fields(WITH_TOOLS)
    with pytest.raises(TerminalError, match=r"takes no tools; it says 400: .auto. tool choice"):
        wire.read(WITH_TOOLS, sent, 400, {}, body)


def test_a_message_batch_describes_tools_in_its_own_form() -> None:
    fields = Wire(model("http://localhost:1/v1#m"), "m", "").fields(WITH_TOOLS)
    params = AnthropicBatches(None).entry("r", fields)["params"]  # type: ignore[arg-type]
    described = {"name": "tide", "description": "The tide.", "input_schema": PARAMETERS}
    assert params["tools"] == [described]


@pytest.mark.parametrize(
    "tool", [{"type": "function", "function": {"name": "now"}}, {"name": "now", "parameters": {}}]
)
def test_a_message_batch_takes_tools_without_parameters_or_wrapper(tool: dict[str, Any]) -> None:
    fields = {"messages": [*ASKED], "tools": [tool]}
    params = AnthropicBatches(None).entry("r", fields)["params"]  # type: ignore[arg-type]
    nothing = {"type": "object", "properties": {}}
    assert params["tools"] == [{"name": "now", "input_schema": nothing}]


def test_tools_count_for_the_key_and_the_price_and_without_any_keys_stay_as_they_were() -> None:
    short = Request("1", ({"role": "user", "content": "q"},))
    assert journal_key("m", short) == "70853d38746df2e88794ef4d38061a29"
    assert journal_key("m", WITH_TOOLS) != journal_key("m", PLAIN)
    teacher = model("http://localhost:1/v1#m")
    more = worst_case(teacher, WITH_TOOLS).input_tokens - worst_case(teacher, PLAIN).input_tokens
    assert more > request_tokens(ASKED, TOOLS) - request_tokens(ASKED, ()) > 20


def test_openvino_is_given_tools_by_a_template_that_shows_them_alone() -> None:
    given: dict[str, Any] = {}
    asked: dict[str, Any] = {}

    def rendered(turns: Any, **options: Any) -> str:
        asked.update(options)
        return ""

    for template in ("{% if tools %}{{ tools }}{% endif %}", "{{ messages }}"):
        tokenizer = SimpleNamespace(chat_template=template, apply_chat_template=rendered)
        OpenVINO._render(SimpleNamespace(_tokenizer=tokenizer, _arguments={}), [*ASKED], TOOLS)  # type: ignore[arg-type]
        given[template] = asked["tools"]
    assert list(given.values()) == [list(TOOLS), None]
