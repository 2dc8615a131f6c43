"""The child process for trainings and other heavy jobs; it ends with its parent.

Started by `accelerate launch -m tutelage.training.worker job.json`.
"""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

from tutelage.core.errors import InputError, TutelageError
from tutelage.core.json_files import write_json
from tutelage.core.plugins import find_part
from tutelage.training.launch import FAILURE, PARENT
from tutelage.training.retry_with_settings import RetryWithSettings

JOBS = {
    "dpo": "tutelage.training.methods.dpo:train",
    "harness": "tutelage.evaluation.harness:run_job",
    "merge": "tutelage.training.merge:write_merged",
    "sft": "tutelage.training.methods.sft:train",
    "weights": "tutelage.training.import_weights:write_checkpoint",
}


def main(arguments: list[str]) -> int:
    """Run one job; an expected error is left in failure.json for the parent to show."""
    file = Path(arguments[0])
    job = json.loads(file.read_text(encoding="utf-8"))
    host, _, parent = os.environ.get(PARENT, "").partition(":")
    if parent and host == socket.gethostname():  # on another machine the launcher ends us
        threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    try:
        find_part(job["job"], JOBS, str(file))(job, file.parent)
    except TutelageError as exc:
        said = {"error": str(exc), "input": isinstance(exc, InputError)}
        again = {"try_with": exc.settings} if isinstance(exc, RetryWithSettings) else {}
        write_json(file.parent / FAILURE, said | again)
        return exc.exit_code
    return 0


def _end_with(parent: int) -> None:
    """End this process when the parent ends: a killed run must not leave a trainer behind."""
    while True:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os._exit(1)
        except PermissionError:
            pass
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
