"""Tool-use traces under way: what was asked, called and returned, and whether it holds."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.digests import digest
from tutelage.core.text import find_phrase
from tutelage.models.chat import Completion
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.tool import Tool
from tutelage.verifiers.sandbox import CallError, SandboxLimits, call_function
from tutelage.verifiers.tool_calls import ToolInvocation, as_turn


@dataclass
class Trace:
    """One request and what is done about it."""

    number: int
    leaf: Leaf
    wanted: Tool | None
    """The tool that the request is for; None where it needs none."""
    offered: list[Tool]
    question: str = ""
    done: list[tuple[ToolInvocation, Any]] = field(default_factory=list)
    """Calls with what they returned."""
    answer: str = ""
    keys: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def name(self) -> str:
        """What its requests are called."""
        return f"{self.leaf.path}/{self.number}"

    @property
    def goes_on(self) -> bool:
        """Whether there is neither an answer nor a reason against it."""
        return not (self.answer or self.reason)

    def takes(self, completion: Completion) -> str:
        """The text of an answer that is on record now."""
        self.keys.append(completion.key)
        return completion.text.strip()

    def execute(self, call: ToolInvocation, limits: SandboxLimits) -> Any:
        """What the tool returns, run in the sandbox; a failure is the reason against the trace."""
        tool = next(one for one in self.offered if one.name == call.name)
        try:
            return call_function(tool.code, tool.name, call.arguments, limits)
        except CallError as exc:
            self.reason = f"tool: '{call.name}' failed: {exc}"
            return None

    def judged(self) -> str | None:
        """Why the trace is not right: the wrong tool or none, or a result that nobody used."""
        called = [call.name for call, _ in self.done]
        if self.wanted is None:
            return "tool: called where none was needed" if called else None
        if not called:
            return "tool: answered without a call"
        if self.wanted.name not in called:
            return f"tool: called '{called[0]}', not '{self.wanted.name}'"
        if failed := next((why for _, result in self.done if (why := failure_in(result))), None):
            return f"tool: returned an error: {failed}"
        known = [self.question, *(json.dumps(call.arguments) for call, _ in self.done)]
        if not any(uses(self.answer, result, known) for _, result in self.done):
            return "tool: the answer does not use what the tool returned"
        return None

    def row(self, context: Context, teacher: Model) -> Row:
        """The trace as a conversation with calls and results, which a training takes verbatim."""
        stage = context.stage
        turns: list[dict[str, Any]] = [{"role": "user", "content": self.question}]
        for call, result in self.done:
            content = json.dumps(result, ensure_ascii=False)
            turns += [as_turn(call), {"role": "tool", "name": call.name, "content": content}]
        if self.answer:
            turns.append({"role": "assistant", "content": self.answer})
        row: Row = {
            "id": f"{stage}:{digest(stage, self.name, context.seed)[:12]}",
            "leaf": self.leaf.path,
            "parents": [seed.id for seed in self.leaf.seeds],
            "messages": turns,
            "tools": [tool.schema for tool in self.offered],
            "tool": self.wanted.name if self.wanted else "",
            "calls": len(self.done),
            "trace": {"stage": stage, "model": teacher.name, "keys": self.keys},
        }
        reason = self.reason or self.judged()
        return row | {"reason": reason} if reason else row


def failure_in(result: Any) -> str | None:
    """What a result says that went wrong: what stands under `error`; None where nothing does."""
    found = result.get("error") if isinstance(result, dict) else None
    return str(found)[:100] if found else None


def uses(answer: str, result: Any, known: Sequence[str] = ()) -> bool:
    """Whether an answer has one of the values that a tool returned and that were not known before:
    in none of the texts `known`, the request and the arguments. True where there is none."""
    values = list(_values(result))
    new = [value for value in values if not any(_has(text, value) for text in known)]
    return not new or any(_has(answer, value) for value in new)


def _values(result: Any) -> list[Any]:
    """The numbers and texts in a result, however deep."""
    found, left = [], [result]
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            left += one.values() if isinstance(one, dict) else one
        elif one is not None and one != "" and not isinstance(one, bool):
            found.append(one)
    return found


def _has(answer: str, value: Any) -> bool:
    if isinstance(value, int | float) and abs(value) <= sys.float_info.max:
        said = (one.replace(",", "") for one in regex.findall(r"-?\d[\d,]*(?:\.\d+)?", answer))
        return any(abs(float(one) - value) <= abs(value) * 0.005 for one in said)
    return find_phrase(answer, str(value)) is not None
