"""Arrays and texts in work files, written whole or not at all, and looked up where they lie.

They are read, not mapped: what is mapped counts as memory of the process once it was looked at.
"""

import bisect
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tutelage.core.ngrams import Numbers
from tutelage.core.whole_files import written_whole

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
_NEARBY = 1024
"""Bytes that are sooner read than skipped."""


@dataclass(frozen=True, slots=True)
class DiskArray:
    """What `stack` has written, of so many columns, or a plain row; read as it is looked up."""

    file: Path
    kind: npt.DTypeLike
    width: int = 0

    def __len__(self) -> int:
        return self.file.stat().st_size // self._bytes

    def __getitem__(self, places: Numbers | slice) -> Array:
        with self.file.open("rb", buffering=0) as stream:
            if isinstance(places, slice):
                start, end, _ = places.indices(len(self))
                return self._read(stream, start, max(start, end))
            if (np.diff(places) > 0).all():
                return self._gathered(stream, places)
            single, back = np.unique(places, return_inverse=True)
            return np.asarray(self._gathered(stream, single)[back])

    def spans(self, starts: Numbers, ends: Numbers) -> Iterator[bytes]:
        """The bytes between some places of a plain row and others."""
        with self.file.open("rb", buffering=0) as stream:
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                yield self._read(stream, start, end).tobytes()

    def between(self, low: int, high: int) -> Array:
        """Of a plain row of sorted numbers those from `low` on and below `high`."""
        with self.file.open("rb", buffering=0) as stream:

            def at(place: int) -> int:
                return int(self._read(stream, place, place + 1)[0])

            every = range(len(self))
            return self._read(stream, *(bisect.bisect_left(every, n, key=at) for n in (low, high)))

    @property
    def _bytes(self) -> int:
        return np.dtype(self.kind).itemsize * (self.width or 1)

    def _gathered(self, stream: BinaryIO, places: Numbers) -> Array:
        """What is at places that are sorted; neighbours are read together."""
        shape = (len(places), self.width) if self.width else len(places)
        found = np.empty(shape, self.kind)
        apart = max(1, _NEARBY // self._bytes)
        cuts = [0, *(np.flatnonzero(np.diff(places) > apart) + 1).tolist(), len(places)]
        for start, end in pairwise(cuts if len(places) else ()):
            some = places[start:end]
            found[start:end] = self._read(stream, some[0], some[-1] + 1)[some - some[0]]
        return found

    def _read(self, stream: BinaryIO, start: int, end: int) -> Array:
        size = self._bytes
        read = os.pread(stream.fileno(), (end - start) * size, start * size)
        found: Array = np.frombuffer(read, self.kind)
        return found.reshape(-1, self.width) if self.width else found


@dataclass(frozen=True, slots=True)
class PackedTexts:
    """Many texts as one run of bytes on disk."""

    letters: DiskArray
    starts: DiskArray
    """By text; and the end of the last."""

    def some(self, texts: Numbers) -> list[str]:
        """Some of the texts."""
        read = self.letters.spans(self.starts[texts], self.starts[texts + 1])
        return [text.decode() for text in read]


def packed(texts: Sequence[str]) -> tuple[Array, Numbers]:
    """Texts as bytes, and where each starts, with the end of the last."""
    coded = [text.encode("utf-8", "replace") for text in texts]
    sizes = np.fromiter(map(len, coded), np.int64, len(coded))
    return np.frombuffer(b"".join(coded), np.uint8), starts_of(sizes)


def unpacked(letters: Array, starts: Numbers) -> list[str]:
    """The texts that `packed` has packed."""
    whole = letters.tobytes()
    return [whole[start:end].decode() for start, end in pairwise(starts.tolist())]


def starts_of(sizes: Numbers) -> Numbers:
    """Where things of some sizes start that follow each other, and the end of the last."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def save_arrays(file: Path, **arrays: Array) -> None:
    """Write arrays by name, for `read_array`."""
    with _whole(file) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def read_array(file: Path, name: str) -> Array:
    """One of the arrays of a file."""
    with np.load(file) as arrays:
        found: Array = arrays[name]
    return found


def record(kind: np.dtype[np.void], *columns: Array) -> Array:
    """Columns of equal length as one array, to be written together."""
    found = np.empty(len(columns[0]), kind)
    for name, column in zip(kind.names or (), columns, strict=True):
        found[name] = column
    return found


def columns_of(found: Array) -> list[Array]:
    """The columns of such an array."""
    return [np.ascontiguousarray(found[name]) for name in found.dtype.names or ()]


def stack(file: Path, parts: Iterable[Array]) -> None:
    """Write arrays one after the other, for `DiskArray`; one is held at a time."""
    with _whole(file) as stream:
        for part in parts:
            stream.write(np.ascontiguousarray(part).data)


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        yield stream
