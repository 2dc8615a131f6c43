"""What a format is: columns to know it by, and how a record of it becomes a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.turns import Turn, read_text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowFormat:
    """One format of records."""

    title: str
    """What people call it."""
    columns: str
    """Its columns, for messages."""
    matches: Callable[[Row], bool]
    """Whether a record, without its empty columns, has them."""
    convert: Callable[[Row, str], Row]
    """The record in TRL's columns; raises RowsError with the place that is given."""


def first_of(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these columns that a record has."""
    return next((name for name in names if name in record), None)


def text_at(record: Mapping[str, Any], name: str, where: str) -> str:
    """The text of a column; raises RowsError where it is none."""
    return read_text(record[name], f"{where}: column {name}")


def opened(record: Mapping[str, Any], names: tuple[str, ...], where: str) -> list[Turn]:
    """The system turn that a column of a record gives, if any."""
    name = first_of(record, names)
    text = text_at(record, name, where) if name else ""
    return [{"role": "system", "content": text}] if text.strip() else []


def without(record: Row, *names: str | None) -> Row:
    """The record's other columns."""
    return {name: value for name, value in record.items() if name not in names}


def user(text: str) -> Turn:
    """A turn of the user."""
    return {"role": "user", "content": text}


def assistant(text: str) -> Turn:
    """A turn of the assistant."""
    return {"role": "assistant", "content": text}


def refuse(where: str, record: Row, wanted: str) -> RowsError:
    """The error for a record that is not of the format wanted."""
    has = ", ".join(sorted(map(str, record))) or "none"
    return RowsError(f"{where}: needs {wanted}; its columns with a value: {has}")
