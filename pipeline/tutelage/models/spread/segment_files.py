"""Where lines that are only ever added go: a file; or in a bucket a folder with an object for every
addition, as objects cannot be added to. A bucket is an address that fsspec knows (`s3://...`)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.disk_errors import writing
from tutelage.core.errors import DiskError, InputError


class Additions(Protocol):
    """Lines that are there for good once `add` returns."""

    def add(self, lines: bytes) -> None:
        """Add whole lines; raises DiskError."""
        ...

    def close(self) -> None:
        """Nothing more is added."""
        ...


def is_in_bucket(place: str) -> bool:
    """Whether a place is an address and no path."""
    return "://" in place


def additions(place: str) -> Additions:
    """Open a place that nobody else adds to."""
    return _AddedObjects(place) if is_in_bucket(place) else _AddedFile(Path(place))


def places_in(folder: str) -> list[str]:
    """The places in a folder, in order; none where there is no folder."""
    if not is_in_bucket(folder):
        return [str(file) for file in sorted(Path(folder).glob("*.jsonl"))]
    with _reached(folder):
        files, path = _files(folder)
        parents = {
            str(name).removeprefix(path).strip("/").split("/")[0] for name in files.find(path)
        }
    return [f"{folder}/{name}" for name in sorted(parents)]


def added_lines(place: str) -> Iterator[bytes]:
    """All lines; one that was cut is left out, and so is a place that is not there."""
    return (line for line in _lines(place) if line.endswith(b"\n"))


def remove(place: str) -> None:
    """Remove a place, or a folder of places in a bucket; one that is not there is gone already."""
    if not is_in_bucket(place):
        Path(place).unlink(missing_ok=True)
        return
    with _reached(place):
        files, path = _files(place)
        if files.exists(path):
            files.rm(path, recursive=True)


def check_bucket(address: str) -> None:
    """Write an object, read it and remove it; raises InputError where that cannot be done."""
    place = f"{address}/.reached-{os.getpid()}"
    try:
        with _reached(place):
            files, path = _files(place)
            files.pipe_file(path, b"here\n")
            if files.cat_file(path) != b"here\n":
                raise DiskError(f"{place}: what was written there was not read back")
            files.rm(path)
    except DiskError as exc:
        raise InputError(str(exc)) from exc


class _AddedFile:
    def __init__(self, file: Path) -> None:
        self._file = file
        with writing(file):
            self._to = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def add(self, lines: bytes) -> None:
        with writing(self._file):
            os.write(self._to, lines)

    def close(self) -> None:
        os.close(self._to)


class _AddedObjects:
    def __init__(self, place: str) -> None:
        self._place, self._count = place, 0
        with _reached(place):
            self._files, self._path = _files(place)

    def add(self, lines: bytes) -> None:
        self._count += 1
        with _reached(self._place):
            self._files.pipe_file(f"{self._path}/{self._count:09d}", lines)

    def close(self) -> None:
        pass


def _lines(place: str) -> Iterator[bytes]:
    if is_in_bucket(place):
        with _reached(place):
            files, path = _files(place)
            for name in sorted(files.find(path)):
                yield from files.cat_file(name).splitlines(keepends=True)
    elif (file := Path(place)).exists():
        with file.open("rb") as lines:
            yield from lines


def _files(address: str) -> tuple[Any, str]:
    """The file system of an address, which looks anew each time, and the path there."""
    import fsspec

    files, path = fsspec.url_to_fs(address, use_listings_cache=False, skip_instance_cache=True)
    return files, str(path)


@contextmanager
def _reached(address: str) -> Iterator[None]:
    """Raise DiskError where a bucket cannot be reached; its libraries raise errors of any kind."""
    try:
        yield
    except DiskError:
        raise
    except Exception as exc:
        said = " ".join(str(exc).split())[:300] or type(exc).__name__
        raise DiskError(f"{address}: cannot be used: {said}") from exc
