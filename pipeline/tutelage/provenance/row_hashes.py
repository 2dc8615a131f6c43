"""Ids and texts of many rows as 64-bit numbers, [rows]: a few bytes a row where sets take hundreds.

They hold for this process alone. Among ten million rows two differ and share a number with a
chance of 3 in a million.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tutelage.core.artifacts import SAID, said
from tutelage.core.digests import digest
from tutelage.core.ngrams import Numbers
from tutelage.core.row_shards import stream_rows, stream_tables

_MANY = 65_536
_PART_ROWS = 200_000
"""Rows that are compared at once."""


def id_hashes(files: Sequence[Path]) -> Iterator[Numbers]:
    """The ids of rows, some at a time."""
    return hashes(_ids(files))


def text_hashes(files: Sequence[Path]) -> Iterator[Numbers]:
    """What rows say, some at a time: a row is found by it that got another id among others'."""
    return hashes(digest(said(row)) for row in stream_rows(files, SAID))


def hashes(texts: Iterable[str]) -> Iterator[Numbers]:
    """Texts as numbers, some at a time."""
    left = iter(texts)
    while len(found := np.fromiter(map(hash, islice(left, _MANY)), np.int64)):
        yield found


class Scattered:
    """Numbers in files, [rows, columns], brought together by the first column: what is equal there
    is in one part. So rows are compared a part at a time, however many they are."""

    def __init__(self, rows: int) -> None:
        """For about so many rows."""
        self._folder = TemporaryDirectory(prefix="tutelage-rows-")
        place = Path(self._folder.name)
        self._files = [place / str(number) for number in range(1 + rows // _PART_ROWS)]

    def add(self, *columns: Numbers) -> None:
        """Add rows, column by column."""
        rows = np.stack(columns, axis=1)
        places = columns[0] % len(self._files)
        for part in np.unique(places).tolist():
            with self._files[part].open("ab") as file:
                file.write(rows[places == part].tobytes())

    def parts(self, columns: int) -> Iterator[Numbers]:
        """The rows of each part in the order in which they were added; all files go at the end."""
        with self._folder:
            for file in self._files:
                held = file.read_bytes() if file.exists() else b""
                yield np.frombuffer(held, np.int64).reshape(-1, columns)


class Repeats:
    """Which rows are copies of others that stages before them have, as `mix` names copies."""

    def __init__(self, stages: Iterable[Sequence[Path]]) -> None:
        """`stages` are the files of each, the first stage's first."""
        all_files = list(stages)
        self._parents: dict[str, list[str]] = {}
        for files in all_files:
            if any("~" in name for name in _ids(files)):
                for row in stream_rows(files, ["id", "parents"]):
                    if "~" in row["id"]:
                        self._parents.setdefault(row["id"], row.get("parents") or [])
        wanted = {name.rpartition("~")[0] for name in self._parents}
        self._known = {
            name for files in all_files if wanted for name in _ids(files) if name in wanted
        }

    def originals(self, files: Sequence[Path]) -> Iterator[Numbers]:
        """The ids of the rows that those of some files repeat, or their own, some at a time."""
        return hashes(map(self.original, _ids(files)))

    def original(self, name: str) -> str:
        """The id of the row that this one repeats, or its own."""
        while True:
            parent = name.rpartition("~")[0]
            if parent not in self._parents.get(name, ()) or parent not in self._known:
                return name
            name = parent


def _ids(files: Sequence[Path]) -> Iterable[str]:
    tables = (table for file in files for table in stream_tables(file, ["id"], _MANY))
    return chain.from_iterable(table.column("id").to_pylist() for table in tables if len(table))
