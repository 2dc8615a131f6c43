"""What an assistant's message holds: the text, and what the server put apart from it, reasoning and
calls of tools. A call goes into the text, where models write it themselves."""

from collections.abc import Mapping
from typing import Any

from tutelage.models.tool_turn import call_text

_FIELDS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "thinking_content",
    "reasoning_text",
    "thoughts",
    "reasoning_details",
)
"""Where servers put reasoning; some fill in two of them with the same."""
_INSIDE = ("thinking", "text", "reasoning", "content", "summary")


def message_parts(message: Mapping[str, Any], content: Any) -> tuple[str, str]:
    """The text and the reasoning of a message whose `content` is a string, null or a list of parts.

    Calls of tools follow the text, a line each: OpenAI's `tool_calls`, Anthropic's `tool_use`.
    Raises AttributeError for a list of anything but mappings.
    """
    text, reasoning = _parts(message, content)
    calls = [
        call_text(one.get("name"), one.get("arguments"))
        for call in message.get("tool_calls") or []
        if isinstance(one := call.get("function"), Mapping)
    ]
    return "\n".join(filter(None, (text, *map(_clean, calls)))), reasoning


def _parts(message: Mapping[str, Any], content: Any) -> tuple[str, str]:
    reasoning = next((text for name in _FIELDS if (text := _flat(message.get(name)))), "")
    if not isinstance(content, list):
        return _clean(content if isinstance(content, str) else ""), _clean(reasoning)
    thoughts = [_flat(part) for part in content if _is_thought(part)]
    texts = [_said(part) for part in content if not _is_thought(part)]
    return _clean("".join(texts)), _clean("\n\n".join([reasoning, *thoughts]).strip())


def _said(part: Mapping[str, Any]) -> str:
    """The text of a part, or the call that it is, on a line of its own."""
    if part.get("type") == "tool_use":
        return f"\n{call_text(part.get('name'), part.get('input'))}"
    return str(part.get("text") or "")


def _is_thought(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("type") or "").lower()
    return "think" in kind or "reason" in kind or "thought" in kind or part.get("thought") is True


def _flat(value: Any) -> str:
    """The text in a field, or in the parts and lists that it is made of."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(text for part in value if (text := _flat(part)))
    if isinstance(value, Mapping):
        return next((text for name in _INSIDE if (text := _flat(value.get(name)))), "")
    return ""


def _clean(text: str) -> str:
    """JSON can spell half of a surrogate pair, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
