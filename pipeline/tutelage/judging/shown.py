"""A row as judges see it: what was asked, below what led to it, and all that was answered.

Tools stand before the question, and calls with their results before the answer that uses them, as
they stand in the text of a model whose chat template knows none.
"""

from collections.abc import Mapping
from typing import Any

from tutelage.core.artifacts import answer_of, question_of, tools_of
from tutelage.models.tool_turn import calls_as_text, schema_lines

_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def shown(row: Mapping[str, Any], text: str) -> tuple[str, str]:
    """What a row asks and an answer to it, as judges see them."""
    return shown_question(row), shown_answer(row, text)


def shown_question(row: Mapping[str, Any]) -> str:
    """The last user turn, below the tools that may be called and the turns before it, if any."""
    turns = row.get("prompt") or row.get("messages") or []
    before = calls_as_text([] if isinstance(turns, str) else turns[: _last_asked(turns)])
    earlier = [
        f"{_speaker(turn)}: {turn['content']}"
        for turn in before
        if turn["role"] in _SPEAKERS and turn["content"]
    ]
    asked = question_of(row)
    said = "\n".join([*earlier, f"{_SPEAKERS['user']}: {asked}"]) if earlier else asked
    tools = tools_of(row)
    return f"Tools that may be called:\n{schema_lines(tools)}\n\n{said}" if tools else said


def shown_answer(row: Mapping[str, Any], text: str | None = None) -> str:
    """The row's answer, or any `text`, below the calls that led to it and what they returned."""
    turns = row.get("prompt") or row.get("messages") or []
    said = row.get("completion") or (not row.get("messages") and row.get("chosen")) or []
    if isinstance(turns, str) or isinstance(said, str):
        return answer_of(row) if text is None else text
    whole = [*turns, *said] if text is None else [*turns, {"role": "assistant", "content": text}]
    after = whole[_last_asked(whole) + 1 :]
    if not any(turn.get("tool_calls") for turn in after):
        return answer_of(row) if text is None else text
    return "\n".join(turn["content"] for turn in calls_as_text(after) if turn["content"])


def _speaker(turn: Mapping[str, Any]) -> str:
    """Who says a turn: what tools return stands in the user's."""
    returned = turn["content"].startswith("<tool_response>")
    return "Tool" if returned else _SPEAKERS[turn["role"]]


def _last_asked(turns: list[Any]) -> int:
    """Where the last user turn stands; before the first where there is none."""
    return max((n for n, turn in enumerate(turns) if turn["role"] == "user"), default=-1)
