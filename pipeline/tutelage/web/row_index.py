"""A stage's rows for a page: found by leaf, state, reason and text, read a screenful at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.core.artifacts import Row
from tutelage.core.row_places import rows_at
from tutelage.core.row_shards import shard_files

PAGE = 50
"""Rows of a page."""
_FILES = ("kept", "rejected")
_TEXTS = ("prompt", "completion", "messages", "chosen", "rejected")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; an empty text asks for nothing."""

    leaf: str = ""
    state: str = ""
    """`kept` or `rejected`."""
    reason: str = ""
    """Of rejection, in short."""
    text: str = ""
    """Anywhere in the row's conversations, in any case."""


class RowIndex:
    """The rows of one stage's folder, kept ones first; only what a page shows is read whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._columns: dict[str, Any] = {}

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables)

    @property
    def kept(self) -> int:
        """How many of the rows were kept; they stand first."""
        return len(self._tables[0]) if self._tables else 0

    @cached_property
    def leaves(self) -> dict[str, int]:
        """How many rows each leaf has."""
        return dict(sorted(_counts(self._column("leaf")).items()))

    @cached_property
    def reasons(self) -> dict[str, int]:
        """How many rows were rejected for each reason, the most frequent first."""
        found: Counter[str] = Counter()
        for reason, count in _counts(self._column("reason")).items():
            found[_in_short(reason)] += count
        return {reason: count for reason, count in found.most_common() if reason}

    def find(self, wanted: Wanted) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The places [n] of the rows that are looked for."""
        mask = np.ones(len(self), dtype=bool)
        if wanted.leaf:
            mask &= _equal(self._column("leaf"), {wanted.leaf})
        if wanted.state:
            mask &= (np.arange(len(self)) < self.kept) == (wanted.state == "kept")
        if wanted.reason:
            column = self._column("reason")
            mask &= _equal(column, {r for r in _counts(column) if _in_short(r) == wanted.reason})
        if wanted.text:
            mask &= self._holding(wanted.text)
        return np.flatnonzero(mask)

    def place(self, row_id: str) -> int | None:
        """Where a row stands; None where no row has this id."""
        found = self._column("id").index(row_id).as_py()
        return None if found < 0 else int(found)

    def id_at(self, place: int) -> str:
        """The id of the row at a place."""
        return str(self._column("id")[place].as_py())

    def state_at(self, place: int) -> str:
        """`kept`, or the reason of rejection in short."""
        if place < self.kept:
            return "kept"
        return _in_short(str(self._column("reason")[place].as_py())) or "rejected"

    def rows(self, places: Sequence[int]) -> list[Row]:
        """The rows at some places, whole, in their order."""
        found: dict[int, Row] = {}
        for number, table in enumerate(self._tables):
            offset = self._offsets[number]
            inside = [place for place in places if 0 <= place - offset < len(table)]
            if inside:
                rows = table.rows([place - offset for place in inside])
                found |= dict(zip(inside, rows, strict=True))
        return [found[place] for place in places]

    @cached_property
    def _tables(self) -> list[Any]:
        """The shards of kept and of rejected rows: what is not looked at is not read."""
        from pyarrow import dataset

        files = [shard_files(self.folder, name) for name in _FILES]
        return [_Lazy(dataset.dataset([*map(str, some)]), some) for some in files if some]

    @cached_property
    def _offsets(self) -> list[int]:
        sizes = [len(table) for table in self._tables]
        return [sum(sizes[:number]) for number in range(len(sizes))]

    def texts(self, name: str) -> list[str]:
        """A column of texts of all rows, those of structure as JSON; empty where there is none."""
        return [str(text) for text in self._read(name).to_pylist()]

    def _column(self, name: str) -> Any:
        """A column of texts [rows] as Arrow keeps it, read once."""
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> Any:
        import pyarrow as pa

        parts = [chunk for table in self._tables for chunk in table.texts(name).chunks]
        return pa.chunked_array(parts, pa.string())

    def _holding(self, text: str) -> np.ndarray[Any, Any]:
        parts = [table.holding(text, _TEXTS) for table in self._tables]
        return np.concatenate(parts) if parts else np.empty(0, dtype=bool)


def _counts(column: Any) -> dict[str, int]:
    """How often each text stands in a column."""
    return {pair["values"]: pair["counts"] for pair in column.value_counts().to_pylist()}


def _equal(column: Any, texts: Collection[str]) -> np.ndarray[Any, Any]:
    """Where a column holds any of some texts [rows]."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(column, value_set=pa.array(sorted(texts), pa.string()))
    return np.asarray(found.to_numpy())


def _in_short(reason: str) -> str:
    return reason.partition(":")[0]


class _Lazy:
    """The shards of kept or rejected rows, of which columns or single rows are read."""

    def __init__(self, source: Any, files: Sequence[Path]) -> None:
        self._source, self._files = source, files
        self._size = int(source.count_rows())

    def __len__(self) -> int:
        return self._size

    def rows(self, places: Sequence[int]) -> list[Row]:
        """The rows at some places."""
        return rows_at(self._files, places)

    def texts(self, name: str) -> Any:
        """A column of texts [rows]; empty texts where it or a value is missing."""
        import pyarrow as pa

        if name not in self._source.schema.names:
            return pa.chunked_array([pa.repeat("", len(self))], pa.string())
        column = self._source.to_table(columns=[name]).column(name)
        return column.cast(pa.string()).fill_null("")

    def holding(self, text: str, columns: Sequence[str]) -> np.ndarray[Any, Any]:
        """Whether any turn of some conversations holds a text [rows]."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = np.zeros(len(self), dtype=bool)
        names = [name for name in columns if name in self._source.schema.names]
        for name in names:
            column = self._source.to_table(columns=[name]).column(name).combine_chunks()
            if pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
                turns = pc.struct_field(pc.list_flatten(column), "content")
                hits = pc.match_substring(turns, text, ignore_case=True).to_numpy(False)
                owners = pc.list_parent_indices(column).to_numpy()
                found[owners[hits == np.True_]] = True
            elif pa.types.is_string(column.type):
                hits = pc.match_substring(column, text, ignore_case=True).to_numpy(False)
                found |= hits == np.True_
        return found
