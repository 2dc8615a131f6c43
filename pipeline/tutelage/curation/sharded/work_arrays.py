"""Arrays and texts in work files, written whole or not at all, and looked up where they lie."""

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
Letters = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PackedTexts:
    """Many texts as one run of bytes, which may lie on disk."""

    letters: Letters
    starts: Numbers
    """By text; and the end of the last."""

    def __getitem__(self, number: int) -> str:
        start, end = self.starts[number : number + 2]
        return self.letters[start:end].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        whole, starts = self.letters.tobytes(), self.starts.tolist()
        for start, end in pairwise(starts):
            yield whole[start:end].decode()


def packed(texts: Sequence[str]) -> PackedTexts:
    """Texts as bytes."""
    coded = [text.encode("utf-8", "replace") for text in texts]
    sizes = np.fromiter(map(len, coded), np.int64, len(coded))
    return PackedTexts(np.frombuffer(b"".join(coded), np.uint8), starts_of(sizes))


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


def stack(file: Path, parts: Iterable[Array]) -> None:
    """Write arrays one after the other, for `mapped`; one is held at a time."""
    with _whole(file) as stream:
        for part in parts:
            stream.write(part.tobytes())


def mapped(file: Path, kind: type[np.generic], width: int = 0) -> Array:
    """What `stack` has written, without reading it; of so many columns, or a plain row."""
    size = file.stat().st_size
    found: Array = np.memmap(file, kind, "r") if size else np.zeros(0, kind)
    return found.reshape(-1, width) if width else found


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        yield stream
