"""How many tokens a text is when nobody counted: a likely number, and one never exceeded."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tutelage.core.language.token_length import likely_tokens
from tutelage.models.chat import Message

_TURN_TOKENS = 4
"""Tokens that a chat template puts around a turn, typically."""
_TURN_TOKENS_AT_MOST = 16
_TEMPLATE_TOKENS_AT_MOST = 128
"""Room for a system prompt that some chat templates add by themselves."""


def estimate_tokens(text: str | Sequence[Message]) -> int:
    """A likely count: four characters of English to a token, one of most other scripts."""
    if not isinstance(text, str):
        return sum(estimate_tokens(turn["content"]) + _TURN_TOKENS for turn in text)
    return likely_tokens(text)


def request_tokens(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> int:
    """A likely count of a prompt with the tools that it shows."""
    return estimate_tokens(messages) + (estimate_tokens(json.dumps(tools)) if tools else 0)


def most_tokens(messages: Sequence[Message], *fields: Any) -> int:
    """A count that no tokenizer exceeds: bytes, since a token stands for one byte at least.

    `fields` are what else of a request a server may put in front of the model: a schema, tools.
    """
    size = sum(len(turn["content"].encode("utf-8", "replace")) for turn in messages)
    size += sum(len(json.dumps(field)) for field in fields if field)
    return size + len(messages) * _TURN_TOKENS_AT_MOST + _TEMPLATE_TOKENS_AT_MOST
