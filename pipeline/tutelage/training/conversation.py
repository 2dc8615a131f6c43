"""A row as its chat template takes it: turns, tools, and which of the turns are learnt."""

from dataclasses import dataclass
from typing import Any

from tutelage.core.artifacts import Row, tools_of
from tutelage.models.tool_turn import for_template

Turn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns up to the last answer that is learnt."""

    turns: list[Turn]
    tools: list[Any] | None
    answers: list[int]
    """Which turns are learnt: the assistant's that say or call something and answer somebody."""
    masked: int
    """The assistant's other turns, which are shown and not learnt."""
    thinks: bool | None = None
    """The chat template's `enable_thinking`; None leaves it out."""


def conversation_of(row: Row) -> Conversation:
    """The conversation of an SFT row; without `answers` nothing in it can be learnt."""
    if row.get("messages"):
        return _conversation(row["messages"], row, 0)
    return _conversation([*row["prompt"], *row["completion"]], row, len(row["prompt"]))


def sides_of(row: Row) -> list[Conversation]:
    """A preference row's two conversations: with the chosen answer, with the rejected one."""
    first = len(row["prompt"])
    return [
        _conversation([*row["prompt"], *row[one]], row, first) for one in ("chosen", "rejected")
    ]


def says_something(turn: Turn) -> bool:
    """Whether a turn has text, or calls a tool."""
    return bool(str(turn.get("content") or "").strip() or turn.get("tool_calls"))


def called(turns: list[Turn]) -> list[str]:
    """The names of all tools that some turns call."""
    calls = [call for turn in turns for call in turn.get("tool_calls") or []]
    return [str((call.get("function") or call).get("name") or "") for call in calls]


def offered(tools: list[Any] | None) -> list[str]:
    """The names of the tools of a row."""
    found = [tool.get("function") or tool for tool in tools or [] if isinstance(tool, dict)]
    return [str(function["name"]) for function in found if function.get("name")]


def _conversation(turns: list[Turn], row: Row, first: int) -> Conversation:
    own = [at for at in range(first, len(turns)) if turns[at]["role"] == "assistant"]
    answers = [
        at for at in own if says_something(turns[at]) and _answers_somebody(turns, at, first)
    ]
    end = answers[-1] + 1 if answers else 0
    shown = [for_template(turn) for turn in turns[:end]]
    return Conversation(
        shown, tools_of(row) or None, answers, len(own) - len(answers), row.get("thinks")
    )


def _answers_somebody(turns: list[Turn], at: int, first: int) -> bool:
    """False for what an assistant says before anybody has spoken; a prompt always counts."""
    return bool(first) or any(turn["role"] not in ("system", "assistant") for turn in turns[:at])
