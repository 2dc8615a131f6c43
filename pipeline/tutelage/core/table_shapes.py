"""The one schema of several tables of rows: columns in order, types that hold all, JSON as text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from tutelage.core.parquet_rows import CONVERSATIONS, json_columns


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table's columns: Arrow types by name, in order, and which of them are JSON text."""

    types: dict[str, Any] = field(default_factory=dict)
    as_json: tuple[str, ...] = ()


def shape_of(table: Any) -> TableShape:
    """The shape of an Arrow table as `table_of` makes it."""
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    return TableShape(types, tuple(name for name in types if name in json_columns(table.schema)))


def merge_shapes(shapes: Sequence[TableShape]) -> TableShape:
    """The shape that holds the rows of all: where types differ, the column is JSON text."""
    import pyarrow as pa

    names = dict.fromkeys(name for shape in shapes for name in shape.types)
    as_json = {name for shape in shapes for name in shape.as_json}
    types: dict[str, Any] = {}
    for name in names:
        found = [shape.types[name] for shape in shapes if name in shape.types]
        merge = _merge_turns if name in CONVERSATIONS else merge_types
        merged = None if name in as_json else reduce(merge, found)
        if merged is None:
            as_json.add(name)
            merged = pa.string()
        types[name] = merged
    return TableShape(types, tuple(name for name in types if name in as_json))


def merge_types(one: Any, other: Any) -> Any:
    """The type that holds values of both as they are; None where there is none."""
    import pyarrow as pa

    if one is None or other is None:
        return None
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_list(one) and pa.types.is_list(other):
        inner = merge_types(one.value_type, other.value_type)
        return None if inner is None else pa.list_(inner)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        return _merge_structs(one, other)
    return None


def _merge_structs(one: Any, other: Any) -> Any:
    import pyarrow as pa

    if [part.name for part in one] != [part.name for part in other]:
        return None
    inner = [merge_types(a.type, b.type) for a, b in zip(one, other, strict=True)]
    if any(part is None for part in inner):
        return None
    return pa.struct([(part.name, kind) for part, kind in zip(one, inner, strict=True)])


def _merge_turns(one: Any, other: Any) -> Any:
    """Of conversations: turns with the keys of both, whose values are text."""
    import pyarrow as pa

    if not (_are_turns(one) and _are_turns(other)):
        return merge_types(one, other)
    parts = {part.name: part.type for part in one.value_type}
    for part in other.value_type:
        merged = merge_types(parts.get(part.name, pa.null()), part.type)
        if merged is None:
            return None
        parts[part.name] = merged
    return pa.list_(pa.struct(list(parts.items())))


def _are_turns(kind: Any) -> bool:
    import pyarrow as pa

    return kind is not None and pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)


def shape_of_file(file: Path) -> TableShape:
    """The shape of a Parquet file of rows."""
    import pyarrow.parquet as pq

    return shape_of(pq.read_schema(file).empty_table())
