"""Answers and errors in the form that OpenAI's clients read."""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tutelage.models.chat import Completion
from tutelage.verifiers.tool_calls import ToolInvocation, without_calls

_ENDS = {"length": "length", "filtered": "content_filter"}
_ID_LETTERS = 9
"""Of a call's id: chat templates of Mistral's models take no other length back."""


def whole_reply(name: str, model: str, answers: Sequence[Completion]) -> dict[str, Any]:
    """A `chat.completion` of one or several answers to one prompt."""
    choices = [
        {"index": k, "message": message, "logprobs": None, "finish_reason": end}
        for k, (message, end) in enumerate(map(_choice, answers))
    ]
    return _head(name, model, "chat.completion") | {"choices": choices, "usage": usage(answers)}


def chunks(
    name: str, model: str, answers: Sequence[Completion], *, include_usage: bool
) -> Iterator[bytes]:
    """The same as server-sent events: of each answer its role, its text and its end.

    Local engines hand over whole answers, so a text comes in one piece.
    """
    head = _head(name, model, "chat.completion.chunk")
    head |= {"usage": None} if include_usage else {}
    for k, (message, end) in enumerate(map(_choice, answers)):
        calls = [call | {"index": n} for n, call in enumerate(message.get("tool_calls") or [])]
        message |= {"tool_calls": calls} if calls else {}
        deltas = [{"role": message.pop("role")}, message, {}]
        for delta in deltas:
            choice = {"index": k, "delta": delta, "logprobs": None}
            choice["finish_reason"] = None if delta else end
            yield _event(head | {"choices": [choice]})
    if include_usage:
        yield _event(head | {"choices": [], "usage": usage(answers)})
    yield b"data: [DONE]\n\n"


def usage(answers: Sequence[Completion]) -> dict[str, int]:
    """Tokens of the prompt, which several answers share, and of all answers."""
    asked = max((one.usage.input_tokens for one in answers), default=0)
    answered = sum(one.usage.output_tokens for one in answers)
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
    }


def error_body(
    message: str, kind: str, *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """An error as OpenAI's clients read it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _head(name: str, model: str, kind: str) -> dict[str, Any]:
    return {"id": name, "object": kind, "created": int(time.time()), "model": model}


def _choice(one: Completion) -> tuple[dict[str, Any], str]:
    """The message, with calls of tools that were shown apart from its text, and how it ends."""
    tools = [tool["function"]["name"] for tool in one.request.tools]
    text, calls = without_calls(one.text, tools) if tools else (one.text, [])
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    message |= {"reasoning_content": one.reasoning} if one.reasoning else {}
    end = _ENDS.get(one.finish_reason, "stop")
    if not calls:
        return message, end
    message |= {"content": text or None, "tool_calls": list(map(_call, calls))}
    return message, "tool_calls" if end == "stop" else end


def _call(call: ToolInvocation) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    name = secrets.token_hex(5)[:_ID_LETTERS]
    function = {"name": call.name, "arguments": arguments}
    return {"id": name, "type": "function", "function": function}


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
