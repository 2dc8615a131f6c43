"""The training child: `accelerate launch -m pipeline.worker job.json`. Ends with its parent."""

import json
import os
import sys
import threading
import time
from pathlib import Path

from pipeline.errors import TutelageError
from pipeline.parts import find_part
from pipeline.store import write_json
from pipeline.training.launch import PARENT

JOBS = {
    "dpo": "pipeline.training.dpo:train",
    "harness": "pipeline.evaluation.harness:run_job",
    "merge": "pipeline.training.merge:write_merged",
    "sft": "pipeline.training.sft:train",
    "weights": "pipeline.training.weights:write_checkpoint",
}


def main(arguments: list[str]) -> int:
    """Run one job; an expected error is left in failure.json for the parent to show."""
    file = Path(arguments[0])
    job = json.loads(file.read_text(encoding="utf-8"))
    if PARENT in os.environ:
        threading.Thread(target=_end_with, args=(int(os.environ[PARENT]),), daemon=True).start()
    try:
        find_part(job["job"], JOBS, str(file))(job, file.parent)
    except TutelageError as exc:
        write_json(file.parent / "failure.json", {"error": str(exc)})
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
