"""Checkpoints to go on from: one counts only when it was written whole.

A mark is written last; older checkpoints are removed only after it. So a kill or a full disk in the
middle of a save leaves the checkpoint before it as it was.
"""

import shutil
from pathlib import Path

WORK = "checkpoints"
"""Where the trainer keeps what it can go on from."""
_MARK = "whole"


def last_whole(work: Path) -> Path | None:
    """The checkpoint of the latest step that was written whole."""
    found = [folder for folder in _all(work) if (folder / _MARK).exists()]
    return max(found, key=step_of, default=None)


def step_of(checkpoint: Path) -> int:
    """The step a checkpoint was saved at."""
    return int(checkpoint.name.rpartition("-")[2])


def remove_broken(work: Path) -> None:
    """Remove what interrupted saves left."""
    for folder in _all(work):
        if not (folder / _MARK).exists():
            shutil.rmtree(folder)


def mark_whole(checkpoint: Path, keep: Path | None = None) -> None:
    """Mark a checkpoint, then remove all others but `keep`, the best one so far."""
    (checkpoint / _MARK).touch()
    for folder in _all(checkpoint.parent):
        if folder not in (checkpoint, keep):
            # Unmarked first: a kill within the removal must not leave a half that counts as whole.
            (folder / _MARK).unlink(missing_ok=True)
            shutil.rmtree(folder)


def _all(work: Path) -> list[Path]:
    return list(work.glob("checkpoint-*"))
