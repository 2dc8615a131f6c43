"""Tools in chats: how they are shown where a chat template knows none, and calls as text.

A call that a server returns apart is written as `<tool_call>{"name": ..., "arguments": ...}
</tool_call>`, as most open models write it themselves, so that one verifier reads them all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tutelage.models.chat import Message
from tutelage.models.system_turn import FAILS

_PROBE = "tutelage_asks_for_tools"
_SHOWN = """You may call these tools; each line is the JSON schema of one:
{schemas}
To call one, answer with nothing but
<tool_call>{{"name": "...", "arguments": {{...}}}}</tool_call>
Where no tool is needed, answer in words."""


def shows_tools(render: Callable[..., str]) -> bool:
    """Whether a chat template, rendered as `render(turns, tools)`, shows tools to the model."""
    parameters = {"type": "object", "properties": {}}
    function = {"name": _PROBE, "description": "Asks.", "parameters": parameters}
    tools = [{"type": "function", "function": function}]
    try:
        shown = render([{"role": "user", "content": "Hello."}], tools)
    except FAILS:
        return False
    return _PROBE in shown


def turns_with_tools(turns: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> list[Message]:
    """The turns with tools in the system turn that they begin with, in front of what it says."""
    shown = _SHOWN.format(schemas=schema_lines(tools))
    if turns and turns[0]["role"] == "system":
        return [{"role": "system", "content": f"{shown}\n\n{turns[0]['content']}"}, *turns[1:]]
    return [{"role": "system", "content": shown}, *turns]


def schema_lines(tools: Sequence[Mapping[str, Any]]) -> str:
    """The JSON schemas of tools, a line each."""
    return "\n".join(json.dumps(one.get("function", one), ensure_ascii=False) for one in tools)


def calls_as_text(turns: Sequence[Message]) -> list[Message]:
    """Turns for a template that writes no tools: calls in the assistant's text, results as said by
    the user, those of one turn together."""
    found: list[Message] = []
    for turn in turns:
        if turn["role"] == "tool":
            result = f"<tool_response>\n{turn['content']}\n</tool_response>"
            before = [found.pop()["content"]] if found and found[-1]["role"] == "user" else []
            found.append({"role": "user", "content": "\n".join([*before, result])})
        else:
            calls = [one.get("function") or one for one in turn.get("tool_calls") or []]
            texts = [call_text(one.get("name"), one.get("arguments")) for one in calls]
            content = "\n".join(filter(None, (turn.get("content"), *texts)))
            found.append({"role": turn["role"], "content": content})
    return found


def call_text(name: Any, arguments: Any) -> str:
    """A call as a model would write it; arguments may be JSON text, as some servers send them."""
    called = {"name": name, "arguments": arguments}
    return f"<tool_call>{json.dumps(called, ensure_ascii=False)}</tool_call>"


def for_template(turn: Mapping[str, Any]) -> dict[str, Any]:
    """The turn as chat templates expect one.

    Its text is text, empty in a turn that only calls a tool. The arguments of calls are an object:
    a server's reply has them as JSON text, which a template would put in quotes once more.
    """
    turn = {**turn, "content": turn.get("content") or ""}
    if not turn.get("tool_calls"):
        return turn
    return turn | {"tool_calls": [_with_object(call) for call in turn["tool_calls"]]}


def _with_object(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function") or call
    try:
        arguments = json.loads(function["arguments"])
    except (KeyError, TypeError, ValueError):
        return call
    if not isinstance(arguments, dict):
        return call
    whole = function | {"arguments": arguments}
    return call | {"function": whole} if call.get("function") else whole
