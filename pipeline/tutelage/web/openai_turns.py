"""The turns of a chat as OpenAI's clients write them, calls of tools and their results included."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tutelage.models.chat import Message
from tutelage.web.bad_call import BadCall

_ROLES = {"system": "system", "developer": "system"}
_ROLES |= {role: role for role in ("user", "assistant", "tool")}


def read_turns(given: Any) -> tuple[Message, ...]:
    """The turns in our form; raises BadCall naming the one that is wrong."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise BadCall("'messages' must be a list of turns", "messages")
    called: dict[str, str] = {}
    turns = tuple(_turn(turn, f"messages[{n}]", called) for n, turn in enumerate(given))
    if turns[-1].get("tool_calls"):
        where = f"messages[{len(turns) - 1}]"
        raise BadCall(f"{where}: calls tools, and no turn of role 'tool' has the results", where)
    return turns


def _turn(turn: Any, where: str, called: dict[str, str]) -> Message:
    """A turn; the tools that it calls are added to those called before, by the call's id."""
    role = _ROLES.get(str(turn.get("role"))) if isinstance(turn, Mapping) else None
    if role is None:
        known = ", ".join(_ROLES)
        raise BadCall(f"{where}: 'role' must be one of {known}", where)
    calls = _calls(turn.get("tool_calls"), where) if role == "assistant" else []
    content = turn.get("content")
    if isinstance(content, list):
        content = _text_of(content, where)
    if content is None and calls:
        content = ""
    if not isinstance(content, str):
        raise BadCall(f"{where}: 'content' must be text", where)
    read: Message = {"role": cast(Any, role), "content": content}
    if calls:
        called |= {call["id"]: call["function"]["name"] for call in calls}
        read["tool_calls"] = calls
    if role == "tool":
        name = str(turn.get("tool_call_id"))
        if name not in called:
            raise BadCall(f"{where}: 'tool_call_id' must be the id of a call before it", where)
        read |= {"tool_call_id": name, "name": called[name]}
    return read


def _calls(given: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(given, list | None):
        raise BadCall(f"{where}: 'tool_calls' must be a list", where)
    return [_call(one, f"{where}.tool_calls[{n}]", where) for n, one in enumerate(given or [])]


def _call(given: Any, at: str, where: str) -> dict[str, Any]:
    """A call with its arguments as an object, as chat templates write them."""
    function = given.get("function") if isinstance(given, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise BadCall(f"{at}: 'function' must have a 'name'", where)
    arguments = function.get("arguments")
    try:
        arguments = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise BadCall(f"{at}: 'arguments' must be a JSON object", where)
    if not isinstance(given.get("id"), str):
        raise BadCall(f"{at}: 'id' must be text", where)
    made = {"name": function["name"], "arguments": arguments}
    return {"id": given["id"], "type": "function", "function": made}


def _text_of(parts: list[Any], where: str) -> str:
    texts = [str(part["text"]) for part in parts if _is_text(part)]
    if len(texts) < len(parts):
        raise BadCall(f"{where}: only parts of type 'text' are supported here", where)
    return "".join(texts)


def _is_text(part: Any) -> bool:
    is_text = isinstance(part, Mapping) and part.get("type") == "text"
    return is_text and isinstance(part.get("text"), str)
