"""The parts of a row that a page shows, each cut to a readable length; and choosing a few."""

from collections.abc import Sequence
from typing import Any, TypeVar

from tutelage.core.artifacts import Row, answer_of, question_of

T = TypeVar("T")
_LENGTH = 600


def excerpt(row: Row, stage: str) -> dict[str, Any]:
    """Question, answer, context, pair and verdicts of a row, with its id, leaf and stage.

    Turns before the question stand above it.
    """
    texts = {
        "answer": answer_of(row),
        "context": row.get("context"),
        "chosen": _last(row.get("chosen")),
        "rejected": _last(row.get("rejected")),
    }
    verdicts = [verdict for verdict in row.get("verdicts") or [] if verdict]
    return {
        "id": row["id"],
        "stage": stage,
        "leaf": row["leaf"],
        "verdicts": verdicts,
        "question": "\n".join(map(cut, filter(None, [_earlier(row), question_of(row)]))) or None,
    } | {name: cut(text) if text else None for name, text in texts.items()}


def cut(value: Any) -> str:
    """Text, cut to a readable length."""
    text = str(value)
    return text if len(text) <= _LENGTH else text[:_LENGTH].rstrip() + " …"


def evenly(rows: Sequence[T], count: int) -> list[T]:
    """At most `count` of the rows, evenly spaced."""
    if len(rows) <= count:
        return list(rows)
    return [rows[number * len(rows) // count] for number in range(count)]


def _earlier(row: Row) -> str:
    """The turns before the question, with their roles."""
    turns = row.get("prompt") or row.get("messages") or []
    if isinstance(turns, str):
        return ""
    asked = max((n for n, turn in enumerate(turns) if turn["role"] == "user"), default=0)
    said = (turn for turn in turns[:asked] if turn["role"] != "system")
    return "\n".join(f"{turn['role']}: {turn['content']}" for turn in said)


def _last(turns: Any) -> str | None:
    return str(turns[-1]["content"]) if isinstance(turns, list) and turns else None
