"""The columns that every row of ours has, and what a user's file may hold under their names."""

import json
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import Row

_MAPPINGS = ("attributes", "trace")
_LISTS = ("verdicts", "tools")
_TEXTS = ("leaf", "context", "document", "prompt_id", "reason")


def with_own_columns(row: Row, where: str) -> Row:
    """The row with `leaf` and `parents`; raises RowsError where one of ours holds another thing."""
    row = dict(row)
    for name in _MAPPINGS:
        if not isinstance(row.get(name, {}), dict):
            raise _misused(where, name, row[name], "a mapping")
    if isinstance(row.get("tools"), str):
        row["tools"] = _read_list(row["tools"], where)
    for name in _LISTS:
        found = row.get(name)
        if found is not None and not (isinstance(found, list) and _all_mappings(found)):
            raise _misused(where, name, found, "a list of mappings")
    for name in _TEXTS:
        if name in row:
            row[name] = _text(row[name], where, name)
    row["leaf"] = row.get("leaf") or "*"
    row["parents"] = _parents(row.get("parents"), where)
    return row


def _read_list(text: str, where: str) -> Any:
    """What JSON text says; raises RowsError for other text."""
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        raise _misused(where, "tools", text, "a list of mappings") from None


def _all_mappings(found: list[Any]) -> bool:
    return all(isinstance(one, dict) for one in found)


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
