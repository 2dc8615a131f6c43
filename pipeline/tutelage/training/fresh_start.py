"""Whether a training may go on from what its folder holds: only the very same training may.

A mark says which training was begun here: its settings, rows, student and seed. Where it is another
one, or there is no mark, what is left of any earlier training is removed and it starts anew.
"""

import json
import shutil
from pathlib import Path

from tutelage.core.json_files import write_json
from tutelage.models.checkpoint_files import CHECKPOINT_FILES
from tutelage.training.checkpoints import WORK, last_whole
from tutelage.training.training_log import LOG

BEGUN = "begun.json"
"""The mark; it is there until the training is finished."""
PAIRS = "pairs"
"""What a job needs while it runs: tokenised pairs with their reference, weights for rollouts."""
_LEFT = (
    LOG,
    "worker*.log",
    *CHECKPOINT_FILES,
)
"""What a training may have left in its folder, finished or not."""


def begin(folder: Path, training: str) -> bool:
    """Ready the folder for a training of this digest; True where another's progress was dropped."""
    mark = folder / BEGUN
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == {"training": training}:
        return False
    dropped = last_whole(folder / WORK) is not None
    for place in (WORK, PAIRS):
        shutil.rmtree(folder / place, ignore_errors=True)
    for file in (file for pattern in _LEFT for file in folder.glob(pattern)):
        file.unlink()
    write_json(mark, {"training": training})
    return dropped


def finished(folder: Path) -> None:
    """Remove the mark: what comes next into this folder begins anew."""
    (folder / BEGUN).unlink(missing_ok=True)
