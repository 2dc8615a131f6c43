"""Tools as OpenAI's clients give them, and whether the model may call any."""

from collections.abc import Mapping
from typing import Any

from tutelage.taxonomy.tool import ToolError, tool_of_schema
from tutelage.web.bad_call import BadCall


def read_tools(body: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The schemas that the model is shown; none with `tool_choice: none`.

    Raises BadCall for what is no tool, and for a promise that nothing here can keep: that a tool is
    called, that arguments follow their schema, that there is one call at most.
    """
    tools = _tools(body.get("tools") or [])
    choice = body.get("tool_choice")
    if choice not in (None, "none", "auto"):
        raise BadCall(
            "'tool_choice': only 'auto' and 'none' are supported here: no call can be forced",
            "tool_choice",
        )
    if tools and body.get("parallel_tool_calls") is False:
        raise BadCall(
            "'parallel_tool_calls' cannot be switched off here; leave it out", "parallel_tool_calls"
        )
    return () if choice == "none" else tuple(tools.values())


def _tools(given: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(given, list):
        raise BadCall("'tools' must be a list", "tools")
    found: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(given):
        where = f"tools[{number}]"
        if not isinstance(one, Mapping) or one.get("type") != "function":
            raise BadCall(f"{where}: only tools of type 'function' are supported here", where)
        try:
            tool = tool_of_schema(one)
        except ToolError as exc:
            raise BadCall(f"{where}: {exc}", where) from exc
        if (one.get("function") or {}).get("strict"):
            raise BadCall(
                f"{where}: 'strict' is not supported here: arguments may break their schema", where
            )
        if tool.name in found:
            raise BadCall(f"{where}: a tool '{tool.name}' stands above already", where)
        found[tool.name] = tool.schema
    return found
