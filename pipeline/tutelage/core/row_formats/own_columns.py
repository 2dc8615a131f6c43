"""The columns that every row of ours has, and what a user's file may hold under their names."""

from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import Row

_MAPPINGS = ("attributes", "trace")
_TEXTS = ("leaf", "context", "document", "prompt_id", "reason")


def with_own_columns(row: Row, where: str) -> Row:
    """The row with `leaf` and `parents`; raises RowsError where one of ours holds another thing."""
    row = dict(row)
    for name in _MAPPINGS:
        if not isinstance(row.get(name, {}), dict):
            raise _misused(where, name, row[name], "a mapping")
    if not isinstance(row.get("verdicts", []), list):
        raise _misused(where, "verdicts", row["verdicts"], "a list")
    for name in _TEXTS:
        if name in row:
            row[name] = _text(row[name], where, name)
    row["leaf"] = row.get("leaf") or "*"
    row["parents"] = _parents(row.get("parents"), where)
    return row


def _text(value: Any, where: str, name: str) -> str:
    if isinstance(value, dict | list):
        raise _misused(where, name, value, "text")
    return str(value)


def _parents(value: Any, where: str) -> list[str]:
    if isinstance(value, list):
        return [_text(one, where, "parents") for one in value]
    return [] if value is None else [_text(value, where, "parents")]


def _misused(where: str, name: str, value: Any, wanted: str) -> RowsError:
    return RowsError(
        f"{where}: column {name}: holds {type(value).__name__}, but under this name tutelage keeps "
        f"{wanted}; rename the column"
    )
