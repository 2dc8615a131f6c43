"""The machine time of builds that did not finish: the finished artifact is charged with it too."""

import json
import time
from pathlib import Path

from tutelage.core.json_files import write_json

_FILE = ".unfinished"


def begin(folder: Path) -> float:
    """Note that a build begins in `folder`; returns the seconds that earlier ones worked there.

    A build that was killed counts until its last sign of life, the newest file in the folder.
    """
    seconds = _so_far(folder)
    write_json(folder / _FILE, {"seconds": seconds, "began": time.time()})
    return seconds


def interrupted(folder: Path, seconds: float) -> None:
    """Note that the build in `folder` ended early after so many seconds of the machine's time."""
    earlier = json.loads((folder / _FILE).read_text(encoding="utf-8"))["seconds"]
    write_json(folder / _FILE, {"seconds": earlier + seconds, "began": None})


def finished(folder: Path) -> None:
    """Remove the note: the artifact's ledger holds its time now."""
    (folder / _FILE).unlink()


def _so_far(folder: Path) -> float:
    file = folder / _FILE
    if not file.exists():
        return 0.0
    collect_errors = json.loads(file.read_text(encoding="utf-8"))
    if collect_errors["began"] is None:
        return float(collect_errors["seconds"])
    newest: float = max(each.stat().st_mtime for each in folder.rglob("*") if each.is_file())
    earlier, began = float(collect_errors["seconds"]), float(collect_errors["began"])
    return earlier + max(0.0, newest - began)
