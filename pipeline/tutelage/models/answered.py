"""An answer with what it was shown: what reward models and likelihoods score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.core.artifacts import Row, answer_of, prompt_of, tools_of
from tutelage.models.chat import Message


@dataclass(frozen=True, slots=True)
class Answered:
    """The turns of a prompt, an answer to it, and the schemas of the tools that it shows."""

    turns: Sequence[Message]
    text: str
    tools: Sequence[Mapping[str, Any]] = ()


def answered_with(row: Mapping[str, Any], text: str) -> Answered:
    """A row's prompt and tools, and any answer to it."""
    return Answered(tuple(prompt_of(row)), text, tuple(tools_of(row)))


def answered_by(row: Row) -> Answered:
    """A row's prompt, and its last answer, which comes after any calls and their results."""
    asked = prompt_of(row)
    said = row.get("completion") or list(row.get("messages") or [])[len(asked) :]
    if isinstance(said, str):
        return answered_with(row, said)
    last = max((n for n, turn in enumerate(said) if turn["role"] == "assistant"), default=0)
    return Answered((*asked, *said[:last]), answer_of(row), tuple(tools_of(row)))
