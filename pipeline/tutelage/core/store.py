"""The store: key -> folder. One with a manifest is finished; any other is work to go on with."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tutelage.core.disk_errors import writing
from tutelage.core.errors import StageError
from tutelage.core.json_files import write_json

MANIFEST = "manifest.json"


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
        lock = FileLock(self.folder / ".partial" / f"{key}.lock", timeout=0)
        try:
            with writing(partial):
                partial.mkdir(parents=True, exist_ok=True)
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
        with writing(final):
            if final.exists():  # whole or half of an earlier commit; the new build replaces it
                shutil.rmtree(final)
            (self.folder / ".partial" / key).replace(final)
        write_json(final / MANIFEST, manifest)
        return final

    def forget(self, key: str) -> None:
        """Remove a finished artifact and any unfinished work for it."""
        for folder in (self.folder / key, self.folder / ".partial" / key):
            shutil.rmtree(folder, ignore_errors=True)


def link(target: Path, name: Path) -> None:
    """Make `name` show the folder `target`: a relative link, or a copy where links are refused."""
    if name.is_symlink():
        name.unlink()
    elif name.is_dir():
        shutil.rmtree(name)
    try:
        name.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    except OSError:
        with writing(name):
            shutil.copytree(target, name)
