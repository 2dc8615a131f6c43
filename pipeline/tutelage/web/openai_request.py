"""A chat completion as OpenAI's clients ask for it, read strictly into requests of ours."""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tutelage.models.chat import Request, Sampling
from tutelage.web.bad_call import BadCall
from tutelage.web.openai_tools import read_tools
from tutelage.web.openai_turns import read_turns

_MOST_ANSWERS = 8
_MOST_STOPS = 16
_UNSUPPORTED = (
    "functions",
    "logprobs",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "audio",
    "prediction",
)
"""Fields that change an answer in ways that no local engine here carries out."""


@dataclass(frozen=True, slots=True)
class ChatCall:
    """What one HTTP request asks for."""

    model: str
    requests: tuple[Request, ...]
    """One for each of `n` answers."""
    stream: bool
    include_usage: bool
    """Whether the stream ends with the tokens used."""


def read_call(body: Any, default_tokens: int, most_tokens: int) -> ChatCall:
    """The call in a JSON body; raises BadCall naming the field that is wrong or not supported.

    Answers are cut at `most_tokens` whatever is asked for.
    """
    if not isinstance(body, Mapping):
        raise BadCall("the body must be a JSON object")
    for name in _UNSUPPORTED:
        if body.get(name):
            raise BadCall(f"'{name}' is not supported here; leave it out", name)
    form = body.get("response_format")
    if form is not None and not (isinstance(form, Mapping) and form.get("type") == "text"):
        raise BadCall("only the response format 'text' is supported here", "response_format")
    model = body.get("model")
    if not isinstance(model, str):
        raise BadCall("'model' must name the model, as GET /v1/models lists it", "model")
    messages = read_turns(body.get("messages"))
    tools = read_tools(body)
    sampling = _sampling(body, default_tokens, most_tokens)
    count = _whole(body, "n", 1, 1, _MOST_ANSWERS)
    name = secrets.token_hex(12)
    requests = tuple(
        Request(f"{name}/{k}", messages, _reseeded(sampling, k), whole=False, tools=tools)
        for k in range(count)
    )
    options = body.get("stream_options") or {}
    usage = isinstance(options, Mapping) and bool(options.get("include_usage"))
    return ChatCall(model, requests, bool(body.get("stream")), usage)


def _sampling(body: Mapping[str, Any], default_tokens: int, most_tokens: int) -> Sampling:
    name = "max_completion_tokens" if body.get("max_completion_tokens") else "max_tokens"
    tokens = _whole(body, name, default_tokens, 1, None)
    return Sampling(
        min(tokens, most_tokens),
        _number(body, "temperature", 1.0, 0.0, 2.0),
        _number(body, "top_p", 1.0, 1e-6, 1.0),
        _stops(body.get("stop")),
        _whole(body, "seed", secrets.randbelow(2**31), -(2**63), 2**63) % 2**31,
    )


def _reseeded(sampling: Sampling, number: int) -> Sampling:
    return replace(sampling, seed=(sampling.seed + number) % 2**31)


def _stops(given: Any) -> tuple[str, ...]:
    stops = [given] if isinstance(given, str) else given or []
    if not isinstance(stops, list) or not all(isinstance(one, str) and one for one in stops):
        raise BadCall("'stop' must be a text or a list of texts", "stop")
    if len(stops) > _MOST_STOPS:
        raise BadCall(f"'stop': {_MOST_STOPS} texts at most", "stop")
    return tuple(stops)


def _whole(body: Mapping[str, Any], name: str, otherwise: int, low: int, high: int | None) -> int:
    value = body.get(name)
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadCall(f"'{name}' must be a whole number", name)
    if value < low or (high is not None and value > high):
        reach = f"{low} or more" if high is None else f"from {low} to {high}"
        raise BadCall(f"'{name}' must be {reach}", name)
    return value


def _number(body: Mapping[str, Any], name: str, otherwise: float, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadCall(f"'{name}' must be a number", name)
    if not low <= value <= high:
        raise BadCall(f"'{name}' must be from {low:g} to {high:g}", name)
    return float(value)
