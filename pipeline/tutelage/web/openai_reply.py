"""Answers and errors in the form that OpenAI's clients read."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tutelage.models.chat import Completion

_ENDS = {"length": "length", "filtered": "content_filter"}


def whole_reply(name: str, model: str, answers: Sequence[Completion]) -> dict[str, Any]:
    """A `chat.completion` of one or several answers to one prompt."""
    choices = [
        {"index": k, "message": _message(one), "logprobs": None, "finish_reason": _end(one)}
        for k, one in enumerate(answers)
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
    for k, one in enumerate(answers):
        message = _message(one)
        deltas = [{"role": message.pop("role")}, message, {}]
        for delta in deltas:
            end = None if delta else _end(one)
            choice = {"index": k, "delta": delta, "logprobs": None, "finish_reason": end}
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


def _message(one: Completion) -> dict[str, Any]:
    message = {"role": "assistant", "content": one.text, "refusal": None}
    return message | ({"reasoning_content": one.reasoning} if one.reasoning else {})


def _end(one: Completion) -> str:
    return _ENDS.get(one.finish_reason, "stop")


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
