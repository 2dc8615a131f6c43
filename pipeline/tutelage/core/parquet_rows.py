"""Rows in Parquet: columns that others can open, and what differs from row to row as JSON text."""

import datetime
import decimal
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.column_shapes import is_even
from tutelage.core.disk_errors import writing
from tutelage.core.errors import RowsError
from tutelage.core.whole_files import written_whole

JSON_COLUMNS = ("attributes", "tools", "trace", "verdicts")
"""Columns that are JSON text always, so that files of several runs can be put together."""
CONVERSATIONS = ("prompt", "completion", "messages", "chosen", "rejected")
_TURN = ("role", "content")
Row = Mapping[str, Any]
_GROUP = 2_000
"""Rows that are read together where single ones are looked up."""
_NOTE = b"tutelage"
"""Where a file's schema says which columns, and keys of turns, are JSON text."""


class RowShape(Protocol):
    """The columns of a table: Arrow types by name, and which are JSON text."""

    @property
    def types(self) -> Mapping[str, Any]:
        """Arrow types, in the order of the columns."""
        ...

    @property
    def as_json(self) -> Sequence[str]:
        """Columns that are JSON text."""
        ...


def write_parquet(rows: Iterable[Row], file: Path) -> None:
    """Write rows into one file; see `table_of`."""
    write_table(table_of(list(rows)), file)


def table_of(rows: Sequence[Row], shape: RowShape | None = None) -> Any:
    """Rows as an Arrow table; a column whose values differ in shape becomes JSON text.

    Of a turn, `role` and `content` are text and all else is JSON text: no row is padded with the
    keys of another. `shape`: the columns to make, where other tables decide them too.
    """
    import pyarrow as pa

    columns: dict[str, Any] = {}
    as_json: list[str] = []
    names = shape.types if shape else dict.fromkeys(name for row in rows for name in row)
    for name in names:
        values = [row.get(name) for row in rows]
        if _is_json(name, values, shape):
            as_json.append(name)
            values = [None if value is None else _to_json(value) for value in values]
        elif name in CONVERSATIONS and _are_turns(values):
            values = [_plain_turns(turns) for turns in values]
        kind = shape.types[name] if shape else None
        try:
            columns[name] = pa.array(values, kind)
        except UnicodeEncodeError:
            columns[name] = pa.array(_clean(values), kind)
    return with_json_columns(pa.table(columns), as_json)


def with_json_columns(table: Any, names: Iterable[str]) -> Any:
    """An Arrow table with a note which of its columns are JSON text."""
    return table.replace_schema_metadata({_NOTE: json.dumps({"json": list(names)}).encode()})


def write_table(table: Any, file: Path) -> None:
    """Write an Arrow table whole or not at all."""
    import pyarrow.parquet as pq

    with writing(file), written_whole(file) as temporary:
        pq.write_table(table, temporary, row_group_size=_GROUP)


def read_parquet(file: Path) -> list[dict[str, Any]]:
    """The rows of a file of ours or of anybody's; raises RowsError where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
        return rows_of(table, str(file))
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise RowsError(f"{file}: not a readable Parquet file: {exc}") from exc


def json_columns(schema: Any) -> Sequence[str]:
    """The columns of a table that are JSON text."""
    found: Sequence[str] = json.loads((schema.metadata or {}).get(_NOTE, b"{}")).get(
        "json", JSON_COLUMNS
    )
    return found


def rows_of(table: Any, where: str) -> list[dict[str, Any]]:
    """The rows of an Arrow table as they were written; `where` begins an error's message."""
    rows: list[dict[str, Any]] = table.to_pylist()
    as_json = [name for name in json_columns(table.schema) if name in table.column_names]
    turned = [f.name for f in table.schema if f.name in CONVERSATIONS and not _is_turns(f.type)]
    rest = [f.name for f in table.schema if f.name not in CONVERSATIONS and not _is_plain(f.type)]
    for number, row in enumerate(rows, 1) if as_json or turned or rest else ():
        for name in as_json:
            if isinstance(text := row[name], str):
                row[name] = _from_json(text, where, number, name)
        for name in turned:
            row[name] = _turns_of(row[name])
        for name in rest:
            row[name] = _plain(row[name], f"{where}: row {number}", name)
    return rows


def _is_turns(kind: Any) -> bool:
    """Whether an Arrow type is lists of `role` and `content`, both texts, and nothing else."""
    import pyarrow as pa

    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return False
    fields = list(kind.value_type)
    texts = all(pa.types.is_string(one.type) for one in fields)
    return texts and {one.name for one in fields} == set(_TURN)


def _is_plain(kind: Any) -> bool:
    """Whether an Arrow type holds texts, numbers and truth values alone, in lists perhaps."""
    import pyarrow as pa

    is_a = pa.types
    if is_a.is_list(kind):
        return _is_plain(kind.value_type)
    if is_a.is_struct(kind):
        return all(_is_plain(one.type) for one in kind)
    return any(
        holds(kind)
        for holds in (is_a.is_string, is_a.is_integer, is_a.is_floating, is_a.is_boolean)
    )


def _is_json(name: str, values: Sequence[Any], shape: RowShape | None) -> bool:
    if shape is not None:
        return name in shape.as_json
    if name in CONVERSATIONS and _are_turns(values):
        return False
    return name in JSON_COLUMNS or not is_even(values)


def _are_turns(values: Sequence[Any]) -> bool:
    return all(
        value is None
        or (
            isinstance(value, list)
            and all(isinstance(turn, dict) and set(_TURN) <= set(turn) for turn in value)
        )
        for value in values
    )


def _plain_turns(turns: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    if turns is None:
        return None
    return [
        turn
        if len(turn) == len(_TURN)
        else {key: value if key in _TURN else _to_json(value) for key, value in turn.items()}
        for turn in turns
    ]


def _turns_of(value: Any) -> Any:
    """Turns without the keys that Parquet padded them with, JSON text read back."""
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        return value
    return [
        {
            key: part if key in _TURN else _maybe_json(part)
            for key, part in turn.items()
            if part is not None or key in _TURN
        }
        for turn in value
    ]


def _maybe_json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value  # another program's text


def _plain(value: Any, where: str, name: str) -> Any:
    """Dates and decimals as text; raises RowsError for bytes."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case dict():
            return {key: _plain(part, where, f"{name}.{key}") for key, part in value.items()}
        case list() | tuple():
            return [_plain(part, where, f"{name}.{n}") for n, part in enumerate(value)]
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case decimal.Decimal() | datetime.timedelta():
            return str(value)
    raise RowsError(f"{where}: column {name}: holds {type(value).__name__}, only text can be used")


def _clean(values: list[Any]) -> list[Any]:
    """Half surrogates that a model wrote give way to the sign for what cannot be shown."""
    text = json.dumps(values, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return list(json.loads(text.decode("utf-16", "replace")))


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)  # in the order they came


def _from_json(text: str, where: str, number: int, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        raise RowsError(f"{where}: row {number}: column {name}: not valid JSON: {exc}") from exc
