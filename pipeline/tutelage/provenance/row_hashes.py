"""Ids and texts of many rows as 64-bit numbers, [rows]: a few bytes a row where sets take hundreds.

They hold for this process alone. Among ten million rows two differ and share a number with a
chance of 3 in a million.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from tutelage.core.artifacts import SAID, said
from tutelage.core.digests import digest
from tutelage.core.ngrams import Numbers
from tutelage.core.row_shards import stream_rows, stream_tables

_MANY = 65_536


def id_hashes(files: Sequence[Path], name_of: Callable[[str], str] = str) -> Numbers:
    """The ids of rows, each as `name_of` gives it."""
    return hashes(map(name_of, _ids(files)))


def text_hashes(files: Sequence[Path]) -> Numbers:
    """What rows say: a row is found by it that got another id among others' rows."""
    return hashes(digest(said(row)) for row in stream_rows(files, SAID))


def hashes(texts: Iterable[str]) -> Numbers:
    """Texts as numbers."""
    return np.fromiter(map(hash, texts), np.int64)


def distinct(parts: Sequence[Numbers]) -> Numbers:
    """Each number once, in order."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))


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
        parts = [id_hashes(files) for files in all_files] if self._parents else []
        self._known = distinct(parts)

    def original(self, name: str) -> str:
        """The id of the row that this one repeats, or its own."""
        while True:
            parent = name.rpartition("~")[0]
            if parent not in self._parents.get(name, ()) or not self._is_known(parent):
                return name
            name = parent

    def _is_known(self, name: str) -> bool:
        value = hash(name)
        place = int(np.searchsorted(self._known, value))
        return place < len(self._known) and int(self._known[place]) == value


def _ids(files: Sequence[Path]) -> Iterable[str]:
    tables = (table for file in files for table in stream_tables(file, ["id"], _MANY))
    return chain.from_iterable(table.column("id").to_pylist() for table in tables if len(table))
