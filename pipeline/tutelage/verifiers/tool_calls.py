"""Calls of tools in a model's text, and whether they are right: name, arguments, schema."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex
from pydantic import Field

from tutelage.core.artifacts import tools_of
from tutelage.core.fences import unfenced
from tutelage.taxonomy.tool import misfit_of
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import Verifier

_MARKED = regex.compile(r"<tool_call>\s*(.*?)\s*</tool_call>", regex.DOTALL)
_MARK = "<tool_call>"
_FENCED = regex.compile(r"```[\w-]*\s*(.*?)```", regex.DOTALL)
_NAMES, _ARGUMENTS = ("name", "function", "tool"), ("arguments", "parameters", "args")


@dataclass(frozen=True, slots=True)
class ToolInvocation:
    """A call: a tool's name and the arguments given."""

    name: str
    arguments: dict[str, Any]


def calls_in(text: str) -> list[ToolInvocation]:
    """The calls that a text makes: between `<tool_call>` marks, or the whole text as JSON."""
    marked = _MARKED.findall(text)
    return [call for one in (marked or [unfenced(text)]) for call in _calls(one)]


def tries_to_call(text: str) -> bool:
    """Whether a text makes a call, or begins one that cannot be read."""
    return _MARK in text or bool(calls_in(text)) or any(map(calls_in, _FENCED.findall(text)))


def without_calls(text: str, tools: Collection[str]) -> tuple[str, list[ToolInvocation]]:
    """What a text says beside its calls of tools, by name, and these calls.

    What calls anything else, or is no call at all, is left in the text.
    """
    found: list[ToolInvocation] = []

    def left(marked: "regex.Match[str]") -> str:
        calls = list(_calls(marked[1]))
        if not calls or any(call.name not in tools for call in calls):
            return marked[0]
        found.extend(calls)
        return ""

    if not _MARKED.search(text):
        calls = calls_in(text)
        known = calls and all(call.name in tools for call in calls)
        return ("", calls) if known else (text, [])
    said = _MARKED.sub(left, text)
    return (said.strip() if found else text), found


def as_turn(call: ToolInvocation) -> dict[str, Any]:
    """An assistant's turn that makes a call, as chat templates take it."""
    function = {"name": call.name, "arguments": call.arguments}
    made = [{"type": "function", "function": function}]
    return {"role": "assistant", "content": "", "tool_calls": made}


def misfit(call: ToolInvocation, tools: Sequence[Mapping[str, Any]]) -> str | None:
    """Why a call is none of the tools': an unknown name, or arguments that do not fit."""
    functions = {one.get("name"): one for one in (tool.get("function") or tool for tool in tools)}
    if call.name not in functions:
        return f"calls '{call.name}', which is no tool"
    return misfit_of(call.name, call.arguments, functions[call.name].get("parameters") or {})


class ToolCall(Verifier):
    """The answer calls a tool: the one named, with these arguments; or calls none.

    A call stands between `<tool_call>` marks, or is the whole answer, as JSON with `name` and
    `arguments`. Half of the score is for the name, half for the share of arguments that are right.
    Where a row has `tools`, the call must fit one of them.
    """

    name: str | None = None
    """The tool to call; any where not given."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Arguments and the values that they must have; others may be there too."""
    none: bool = False
    """The answer must call no tool, but say something; a call that cannot be read is one too."""
    others: bool = False
    """Other calls may stand beside the one that is wanted; otherwise an answer that makes any has
    not called it, as who calls everything is right by chance."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """1 for a call with the right name and arguments."""
        found = calls_in(answer)
        if self.none:
            tried = tries_to_call(answer)
            return Score.unless("calls a tool where none is needed" if tried else None)
        if not found:
            return Score(0.0, "calls no tool")
        if len(found) > 1 and not self.others:
            return Score(0.0, f"makes {len(found)} calls where one is wanted")
        if (tools := tools_of(row)) and (
            why := next(filter(None, (misfit(call, tools) for call in found)), None)
        ):
            return Score(0.0, why)
        return max((self._of(call) for call in found), key=lambda score: score.value)

    def _of(self, call: ToolInvocation) -> Score:
        if self.name is not None and call.name != self.name:
            return Score(0.0, f"calls '{call.name}', not '{self.name}'")
        wrong = [
            name for name, value in self.arguments.items() if call.arguments.get(name) != value
        ]
        if not wrong:
            return Score(1.0)
        share = 1 - len(wrong) / len(self.arguments)
        return Score(0.5 + share / 2, f"the argument '{wrong[0]}' is not what was wanted")


def _calls(text: str) -> Iterator[ToolInvocation]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    for one in data if isinstance(data, list) else [data]:
        if call := _call(one):
            yield call


def _call(data: Any) -> ToolInvocation | None:
    if not isinstance(data, dict):
        return None
    inner = data.get("function")
    if isinstance(inner, dict):
        return _call(inner)
    name = next((data[n] for n in _NAMES if isinstance(data.get(n), str)), None)
    given = next((data[n] for n in _ARGUMENTS if n in data), None)
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    return ToolInvocation(name, given) if name and isinstance(given, dict) else None
