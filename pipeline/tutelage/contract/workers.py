"""Parts of one stage's work, done by any number of workers; receipts say which are done.

A part is done when its receipt is in the folder, where it appears whole or not at all. So what a
kill leaves to do are the parts without a receipt, whoever was killed: a worker, a node, the run.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from tutelage.core.digests import digest
from tutelage.core.hardware import versions
from tutelage.core.json_files import write_json

Receipt = dict[str, Any]
"""What a task says of the part it did: JSON values. Rows stay in files."""
Task = Callable[[Any, Any], Receipt]
"""A module's function of (what all parts share, one part); it may be called twice for a part."""


class Workers(Protocol):
    """Does the parts of a stage's work, here or elsewhere."""

    def finish(self, task: Task, shared: Any, parts: Sequence[Any], folder: Path) -> None:
        """Do all parts that have no receipt in `folder`; raises an error of ours where one fails.

        Workers share the folder, and all files that the parts name.
        """
        ...

    def close(self) -> None:
        """Let go of what is held for further work; more may come all the same."""
        ...


class HereWorkers:
    """Does one part after the other in this process."""

    def finish(self, task: Task, shared: Any, parts: Sequence[Any], folder: Path) -> None:
        """Do what is left."""
        for number in parts_left(folder, len(parts)):
            do_part(task, shared, parts[number], folder, number)

    def close(self) -> None:
        """Nothing is held."""


def work_folder(folder: Path, *decides: Any) -> Path:
    """Where work on an artifact in `folder` goes that receipts tell of.

    What an interrupted build left there is used where the same things decide what the parts are:
    `decides` and the versions of packages. Else it is removed.
    """
    work = folder / ".shards"
    now = digest(versions(), decides)
    mark = work / "of.json"
    if work.exists() and (not mark.exists() or json.loads(mark.read_text("utf-8")) != now):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    write_json(mark, now)
    return work


def do_part(task: Task, shared: Any, part: Any, folder: Path, number: int) -> None:
    """Do one part and leave its receipt: what a worker runs."""
    write_json(_receipt(folder, number), task(shared, part))


def parts_left(folder: Path, count: int) -> list[int]:
    """The numbers of the parts that have no receipt yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return [number for number in range(count) if not _receipt(folder, number).exists()]


def receipts(
    workers: Workers, task: Task, shared: Any, parts: Sequence[Any], folder: Path
) -> list[Receipt]:
    """Have all parts done and return their receipts, in order."""
    workers.finish(task, shared, parts, folder)
    files = (_receipt(folder, number) for number in range(len(parts)))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def _receipt(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.json"
