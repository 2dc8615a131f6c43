"""The store: key -> folder. One with a manifest is finished; any other is work to go on with."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import StageError

MANIFEST = "manifest.json"
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


def digest(*parts: Any) -> str:
    """A short stable digest of JSON-like values (32 hex characters of BLAKE2b)."""
    return hashlib.blake2b(_ENCODER.encode(parts).encode(), digest_size=16).hexdigest()


def digest_files(files: list[Path], relative_to: Path) -> str:
    """The digest of files' names and bytes, independent of where the folder stands."""
    state = hashlib.blake2b(digest_size=16)
    for file in sorted(files):
        state.update(
            f"{file.relative_to(relative_to).as_posix()}\0{file.stat().st_size}\0".encode()
        )
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                state.update(block)
    return state.hexdigest()


def digest_file(file: Path) -> str:
    """The digest of one file's name and bytes, wherever it stands."""
    return digest_files([file], file.parent)


def derive_seed(*parts: Any) -> int:
    """A 31-bit seed that depends on every part: recipe seed, stage, row, sample."""
    return int(digest(*parts)[:8], 16) & 0x7FFFFFFF


class Store:
    """Finished artifacts by key, and the unfinished work that a kill left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self, key: str) -> dict[str, Any] | None:
        """The manifest of a finished artifact, or None where the key is not finished."""
        try:
            text = (self.folder / key / MANIFEST).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return json.loads(text)  # type: ignore[no-any-return]

    def path(self, key: str) -> Path:
        """The folder of a key, finished or not yet there."""
        return self.folder / key

    @contextlib.contextmanager
    def building(self, key: str) -> Iterator[Path]:
        """A folder to build the artifact of `key` in; what an interrupted build left is there.

        Raises StageError when another process is building the same key.
        """
        partial = self.folder / ".partial" / key
        partial.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".partial" / f"{key}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as exc:
            raise StageError("another process is working on this very stage; wait for it") from exc
        try:
            yield partial
        finally:
            lock.release()

    def commit(self, key: str, manifest: dict[str, Any]) -> Path:
        """Finish `key`: move its build into place, then write the manifest, the mark of a whole."""
        final = self.folder / key
        if final.exists():  # whole or half of an earlier commit; the new build replaces it
            shutil.rmtree(final)
        (self.folder / ".partial" / key).replace(final)
        write_json(final / MANIFEST, manifest)
        return final

    def forget(self, key: str) -> None:
        """Remove a finished artifact and any unfinished work for it."""
        for folder in (self.folder / key, self.folder / ".partial" / key):
            shutil.rmtree(folder, ignore_errors=True)


def write_json(file: Path, data: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a half."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        json.dump(data, stream, indent=1, sort_keys=True, ensure_ascii=False, default=str)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def link(target: Path, name: Path) -> None:
    """Make `name` show the folder `target`: a relative link, or a copy where links are refused."""
    if name.is_symlink():
        name.unlink()
    elif name.is_dir():
        shutil.rmtree(name)
    try:
        name.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    except OSError:
        shutil.copytree(target, name)
