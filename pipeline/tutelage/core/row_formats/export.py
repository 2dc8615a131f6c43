"""Rows as others read them: OpenAI's messages, ShareGPT's conversations, Alpaca's columns."""

import json
from collections.abc import Callable
from typing import Any

from tutelage.core.artifacts import prompt_of
from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import Row, without
from tutelage.core.row_formats.turns import Turn

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def export_row(row: Row, to: str, where: str) -> Row:
    """A row of `load_rows` in another format; raises RowsError for what that cannot hold."""
    return EXPORTS[to](row, where)


def _openai(row: Row, where: str) -> Row:
    tools = {"tools": row["tools"]} if row.get("tools") else {}
    if "chosen" in row:  # as its preference tuning takes them
        return {
            "input": {"messages": _with_text_arguments(row["prompt"])} | tools,
            "preferred_output": _with_text_arguments(row["chosen"]),
            "non_preferred_output": _with_text_arguments(row["rejected"]),
        }
    return {"messages": _with_text_arguments(_conversation(row))} | tools


def _sharegpt(row: Row, where: str) -> Row:
    tools = {"tools": _json(row["tools"])} if row.get("tools") else {}
    if "chosen" in row:
        sides = {name: _spoken(_only(row[name], where, name)) for name in ("chosen", "rejected")}
        return {"conversations": [_spoken(turn) for turn in row["prompt"]]} | sides | tools
    return {"conversations": [_spoken(turn) for turn in _conversation(row)]} | tools


def _alpaca(row: Row, where: str) -> Row:
    sides = ("chosen", "rejected") if "chosen" in row else ("output",)
    turns = list(row["prompt"]) if "chosen" in row else _conversation(row)
    if any(turn["role"] == "tool" or turn.get("tool_calls") for turn in turns):
        raise RowsError(f"{where}: Alpaca has no place for calls of tools; export it `--to openai`")
    system = [turn["content"] for turn in turns if turn["role"] == "system"]
    turns = [turn for turn in turns if turn["role"] != "system"]
    if "chosen" in row:
        said = {name: _only(row[name], where, name)["content"] for name in sides}
    else:
        is_answered = bool(turns) and turns[-1]["role"] == "assistant"
        said = {"output": turns.pop()["content"] if is_answered else ""}
    roles = [turn["role"] for turn in turns]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        wanted = "user and assistant by turns"
        raise RowsError(f"{where}: Alpaca needs {wanted}; export it `--to openai`")
    texts = [turn["content"] for turn in turns]
    context = str(row.get("context") or "")
    about = context if context and texts[-1].startswith(f"{context}\n\n") else ""
    asked = texts[-1].removeprefix(f"{about}\n\n") if about else texts[-1]
    made: Row = {"instruction": asked, "input": about} | said
    if system:
        made["system"] = "\n\n".join(system)
    if texts[:-1]:
        made["history"] = [list(pair) for pair in zip(texts[:-1:2], texts[1::2], strict=True)]
    return made


def _trl(row: Row, where: str) -> Row:
    return without(row)


EXPORTS: dict[str, Callable[[Row, str], Row]] = {
    "openai": _openai,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "trl": _trl,
}
"""By the format's name."""


def _conversation(row: Row) -> list[Turn]:
    """Prompt and completion, or the messages."""
    if row.get("messages") and not row.get("completion"):
        return list(row["messages"])
    return [*prompt_of(row), *(row.get("completion") or [])]


def _with_text_arguments(turns: list[Turn]) -> list[Turn]:
    """The turns, with the arguments of calls as JSON text, which is OpenAI's form."""
    return [
        turn | {"tool_calls": [_text_call(call) for call in turn["tool_calls"]]}
        if turn.get("tool_calls")
        else turn
        for turn in turns
    ]


def _text_call(call: Any) -> Any:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or isinstance(function.get("arguments"), str):
        return call
    return call | {"function": function | {"arguments": _json(function.get("arguments") or {})}}


def _spoken(turn: Turn) -> Turn:
    if calls := turn.get("tool_calls"):
        functions = [call.get("function", call) for call in calls]
        said = functions[0] if len(calls) == 1 else functions
        return {"from": "function_call", "value": _json(said)}
    return {"from": _SPEAKERS[turn["role"]], "value": turn["content"]}


def _only(turns: list[Turn], where: str, name: str) -> Turn:
    if len(turns) != 1:
        raise RowsError(f"{where}: `{name}` has {len(turns)} turns; export it `--to openai`")
    return turns[0]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
