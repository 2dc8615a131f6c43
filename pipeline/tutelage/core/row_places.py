"""Rows of shards by their places, and places by what columns hold: nothing else is read.

`files` are shards in order; a place is the number of a row, counted through all of them.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tutelage.core.ngrams import Numbers
from tutelage.core.parquet_rows import rows_of
from tutelage.core.row_shards import count_rows, stream_tables

_MANY = 65_536
Places = npt.NDArray[np.integer[Any]]
Group = tuple[str, str]
"""A leaf, and the short reason of rejected rows (empty of kept ones)."""


def rows_at(files: Sequence[Path], places: Collection[int]) -> list[dict[str, Any]]:
    """The rows at some places, in the order given; only the row groups they are in are read."""
    import pyarrow.parquet as pq

    found: dict[int, dict[str, Any]] = {}
    left, start = sorted(set(places)), 0
    for file in files:
        if not left:
            break
        with pq.ParquetFile(file) as source:
            end = start + source.metadata.num_rows
            inside = [place for place in left if place < end]
            left = left[len(inside) :]
            found |= _rows_in(source, start, inside, str(file))
        start = end
    return [found[place] for place in places]


def _rows_in(source: Any, start: int, places: list[int], where: str) -> dict[int, dict[str, Any]]:
    """The rows of one file that stand at some places; its first row is at `start`."""
    found: dict[int, dict[str, Any]] = {}
    for number in range(source.metadata.num_row_groups if places else 0):
        end = start + source.metadata.row_group(number).num_rows
        inside = [place for place in places if start <= place < end]
        if inside:
            table = source.read_row_group(number).take([place - start for place in inside])
            table = table.replace_schema_metadata(source.schema_arrow.metadata)
            found |= dict(zip(inside, rows_of(table, where), strict=True))
        start = end
    return found


def places_of(files: Sequence[Path], ids: Collection[str]) -> dict[str, int]:
    """Where the rows of some ids stand, the first of each; ids that no row has are left out.

    Only the ids of row groups are read that may hold one by the group's least and greatest.
    """
    import pyarrow.parquet as pq

    left, found, start = set(ids), dict[str, int](), 0
    for file in files:
        if not left:
            break
        with pq.ParquetFile(file) as source:
            for place, name in _ids_in(source, left):
                if name in left:
                    found[name] = start + place
                    left.discard(name)
            start += source.metadata.num_rows
    return found


def _ids_in(source: Any, ids: Collection[str]) -> Iterator[tuple[int, str]]:
    """The places in one file at which some of the ids stand."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = source.schema_arrow.names
    if "id" not in names:
        return
    column = [source.schema.column(n).path for n in range(len(source.schema.names))].index("id")
    wanted, start = pa.array(sorted(ids), pa.string()), 0
    for number in range(source.metadata.num_row_groups):
        group = source.metadata.row_group(number)
        if _may_hold(group.column(column).statistics, ids):
            values = source.read_row_group(number, columns=["id"]).column("id")
            for place in np.flatnonzero(pc.is_in(values, value_set=wanted).to_numpy()).tolist():
                yield start + place, values[place].as_py()
        start += group.num_rows


def _may_hold(statistics: Any, ids: Collection[str]) -> bool:
    if statistics is None or not statistics.has_min_max or not isinstance(statistics.min, str):
        return True
    return any(statistics.min <= name <= statistics.max for name in ids)


def places_by_group(files: Sequence[Path]) -> dict[Group, Places]:
    """The places of the rows of each leaf and reason, by the first row of each."""
    parts: dict[Group, list[Places]] = {}
    for start, table in _columns(files, ["leaf", "reason"]):
        for group, places in _groups_in(table):
            few_bytes = (places + start).astype(np.uint32)  # no run has 4,000 million rows
            parts.setdefault(group, []).append(few_bytes)
    return {group: np.concatenate(places) for group, places in parts.items()}


def _groups_in(table: Any) -> Iterator[tuple[Group, Numbers]]:
    leaves, leaf_codes = _encoded(_texts(table, "leaf"))
    reasons, reason_codes = _encoded(_short(_texts(table, "reason")))
    codes = leaf_codes * len(reasons) + reason_codes
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order], append=-1)) + 1
    parts = [part for part in np.split(order, ends) if len(part)]
    for part in sorted(parts, key=lambda part: int(part[0])):
        leaf, reason = divmod(int(codes[part[0]]), len(reasons))
        yield (leaves[leaf], reasons[reason]), part


def has_values(files: Sequence[Path], column: str) -> bool:
    """Whether any row has something in a column; reading ends where one is found."""
    tables = (table for file in files for table in stream_tables(file, [column]))
    there = (table.column(column) for table in tables if column in table.column_names)
    return any(any(values.drop_null().to_pylist()) for values in there)


def _columns(files: Sequence[Path], columns: Sequence[str]) -> Iterator[tuple[int, Any]]:
    """Tables of some columns, each with the place of its first row."""
    starts = accumulate((count_rows([file]) for file in files), initial=0)
    for file, start in zip(files, starts, strict=False):
        for table in stream_tables(file, columns, _MANY):
            yield start, table
            start += len(table)


def _texts(table: Any, name: str) -> Any:
    """A column as texts; empty ones where it is missing or has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name not in table.column_names or pa.types.is_null(table.column(name).type):
        return pa.array([""] * len(table), pa.string())
    return pc.fill_null(table.column(name).cast(pa.string()), "").combine_chunks()


def _short(reasons: Any) -> Any:
    import pyarrow.compute as pc

    return pc.replace_substring_regex(reasons, "(?s):.*", "")


def _encoded(texts: Any) -> tuple[list[str], Numbers]:
    found = texts.dictionary_encode()
    return found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64)
