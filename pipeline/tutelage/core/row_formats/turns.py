"""Turns of a conversation as anybody writes them: each as role, content and more."""

import json
from collections.abc import Mapping
from typing import Any

from tutelage.core.errors import RowsError

Turn = dict[str, Any]

_ROLES = {
    "assistant": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "human": "user",
    "prompter": "user",
    "user": "user",
    "developer": "system",
    "system": "system",
    "function": "tool",
    "function_response": "tool",
    "ipython": "tool",
    "observation": "tool",
    "tool": "tool",
}
_OWN, _OWN_ROLES = {"role", "content"}, frozenset(_ROLES.values())
"""The keys and roles of turns as ours are: there is nothing to change."""
_SPEAKERS = ("role", "from", "speaker")
_TEXTS = ("content", "value", "text")
_CALLS = ("tool_calls", "function_call")


def read_turns(value: Any, role: str, where: str) -> list[Turn]:
    """The turns of a column: of a text (said by `role`), one turn, a list, or either as JSON text.

    Raises RowsError naming the place for a turn without role or text, or one that is no text.
    """
    if isinstance(value, str):
        inside = _json_of(value)
        if inside is None:
            return [{"role": role, "content": value}]
        value = inside
    if isinstance(value, Mapping):
        return [_turn(value, where)]
    if isinstance(value, list | tuple):
        return [_turn(turn, f"{where}.{number}") for number, turn in enumerate(value)]
    raise RowsError(f"{where}: is {_kind(value)}; give a text or a list of turns")


def read_text(value: Any, where: str) -> str:
    """A text, or one in parts; raises RowsError for what holds anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_part(part, f"{where}.{number}") for number, part in enumerate(value))
    if isinstance(value, Mapping):
        return _part(value, where)
    raise RowsError(f"{where}: is {_kind(value)}, not text")


def _json_of(text: str) -> Any:
    """Turns that are written as JSON text; None for all other text."""
    if not text.lstrip().startswith(("[", "{")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    turns = found if isinstance(found, list) else [found]
    are_turns = turns and all(
        isinstance(turn, dict) and any(key in turn for key in _SPEAKERS) for turn in turns
    )
    return found if are_turns else None


def _turn(turn: Any, where: str) -> Turn:
    if not isinstance(turn, Mapping):
        raise RowsError(f"{where}: is {_kind(turn)}; a turn is a mapping of role and content")
    if turn.keys() == _OWN and turn["role"] in _OWN_ROLES and isinstance(turn["content"], str):
        return dict(turn)
    said = {key: value for key, value in turn.items() if value is not None}
    speaker = next((key for key in _SPEAKERS if key in said), None)
    if speaker is None:
        raise RowsError(
            f"{where}: a turn needs `role`; it has {', '.join(map(str, said)) or 'nothing'}"
        )
    role = _ROLES.get(str(said[speaker]).strip().lower())
    if role is None:
        known = "system, user, assistant, tool"
        raise RowsError(f"{where}.{speaker}: unknown role '{said[speaker]}'; known: {known}")
    calls = _calls(said, where)
    key = next((key for key in _TEXTS if key in said), None)
    if key is None and not calls:
        raise RowsError(f"{where}: a turn of {role} needs `content` as text")
    if str(said[speaker]) == "function_call":
        key = None
    content = read_text(said[key], f"{where}.{key}") if key else ""
    rest = {k: v for k, v in said.items() if k not in (speaker, key, *_CALLS)}
    if speaker != "role":
        rest = {k: v for k, v in rest.items() if k not in _TEXTS}
    return {"role": role, "content": content} | rest | calls


def _calls(said: Turn, where: str) -> Turn:
    """The calls of tools that a turn makes, in OpenAI's form."""
    if said.get("from") == "function_call":
        call = _json_value(said.get("value"))
        if not isinstance(call, Mapping) or "name" not in call:
            raise RowsError(
                f"{where}.value: a function_call needs JSON with `name` and `arguments`"
            )
        return {"tool_calls": [{"type": "function", "function": dict(call)}]}
    if (calls := said.get("tool_calls")) and isinstance(calls, str):
        calls = _json_value(calls)
    if calls:
        if not isinstance(calls, list):
            raise RowsError(f"{where}.tool_calls: is {_kind(calls)}; give a list of calls")
        return {"tool_calls": calls}
    if call := said.get("function_call"):
        return {"tool_calls": [{"type": "function", "function": call}]}
    return {}


def _json_value(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return None


def _part(part: Any, where: str) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        for key in ("text", "content"):
            if isinstance(part.get(key), str):
                return str(part[key])
        kind = part.get("type", "something else")
        raise RowsError(f"{where}: holds {kind}; only text can be trained on and asked about")
    raise RowsError(f"{where}: is {_kind(part)}, not text")


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", type(None): "empty"}
    return names.get(type(value), f"a {type(value).__name__}")
