"""Alpaca: `instruction`, `input` and `output`, perhaps `system` and earlier turns (`history`)."""

from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import (
    Row,
    RowFormat,
    assistant,
    first_of,
    opened,
    text_at,
    user,
    without,
)
from tutelage.core.row_formats.turns import Turn, read_text

_ANSWERS = ("output", "response")
_SYSTEM = ("system", "system_prompt")


def _matches(record: Row) -> bool:
    if "instruction" not in record:
        return False
    return "output" in record or ("response" in record and "context" not in record)


def _convert(record: Row, where: str) -> Row:
    answer = first_of(record, _ANSWERS)
    assert answer is not None  # by `matches`
    asked = text_at(record, "instruction", where)
    about = text_at(record, "input", where) if "input" in record else ""
    turns = [*opened(record, _SYSTEM, where), *_earlier(record.get("history") or [], where)]
    prompt = [*turns, user(f"{asked}\n\n{about}" if about.strip() else asked)]
    rest = without(record, "instruction", "input", "history", answer, *_SYSTEM)
    return rest | {"prompt": prompt, "completion": [assistant(text_at(record, answer, where))]}


def _earlier(history: Any, where: str) -> list[Turn]:
    """The turns of pairs of question and answer."""
    place = f"{where}: column history"
    if not isinstance(history, list) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in history
    ):
        raise RowsError(f"{place}: give a list of pairs, question and answer")
    pairs = [[read_text(text, place) for text in pair] for pair in history]
    return [turn for asked, said in pairs for turn in (user(asked), assistant(said))]


ALPACA = RowFormat(
    "Alpaca",
    "`instruction` and `output`",
    _matches,
    _convert,
)
