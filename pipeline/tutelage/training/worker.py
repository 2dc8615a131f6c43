"""The child process for trainings and other heavy jobs; it ends with its parent.

Started by accelerate's launcher (`-m tutelage.training.worker job.json`).
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from tutelage.core.errors import InputError, TutelageError
from tutelage.core.json_files import write_json
from tutelage.core.parent_process import end_with_named_parent
from tutelage.core.plugins import find_part
from tutelage.core.user_modules import add_user_folder
from tutelage.training.retry_with_settings import RetryWithSettings
from tutelage.training.why_failed import FAILURE

_MACHINE = "GROUP_RANK"
"""Environment variable of torchrun: which of several machines this is."""
_LONGEST = 600
"""Letters of an error that is reported in one line."""
JOBS = {
    "harness": "tutelage.evaluation.harness:run_job",
    "merge": "tutelage.training.merge:write_merged",
    "train": "tutelage.training.prepare:train",
    "weights": "tutelage.training.import_weights:write_checkpoint",
}


def main(arguments: list[str]) -> int:
    """Run one job; an expected error is left in failure.json for the parent to show."""
    add_user_folder()
    file = Path(arguments[0])
    job = json.loads(file.read_text(encoding="utf-8"))
    end_with_named_parent()
    try:
        find_part(job["job"], JOBS, str(file))(job, file.parent)
    except TutelageError as exc:
        said = {"error": str(exc), "input": isinstance(exc, InputError)}
        again = {"try_with": exc.settings} if isinstance(exc, RetryWithSettings) else {}
        _leave(file.parent, said | again)
        return exc.exit_code
    except Exception as exc:  # whatever the libraries raise: the user gets one line
        traceback.print_exc()
        _leave(file.parent, {"unexpected": in_one_line(exc)})
        return 1
    return 0


def in_one_line(exc: BaseException) -> str:
    """An error's type and words, with those of its cause where they say something else."""
    text = " ".join(str(exc).split())
    line = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
    cause = exc.__cause__
    if cause is not None and " ".join(str(cause).split()) not in text:
        line = f"{line} ({in_one_line(cause)})"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."


def _leave(folder: Path, said: dict[str, Any]) -> None:
    """Say what went wrong, unless another process has: those after it may fail for its absence."""
    if not (folder / FAILURE).exists():
        machine = int(os.environ.get(_MACHINE, 0))
        write_json(folder / FAILURE, said | {"machine": machine})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
