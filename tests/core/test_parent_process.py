"""A child ends with a parent that is killed and can tell it nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

CHILD = """
import os, time
from tutelage.core.parent_process import end_with
end_with(os.getppid())
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {CHILD!r}])"


def test_a_child_ends_with_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 120
    while _is_at_work(child):
        assert time.monotonic() < until
        time.sleep(0.1)


def _is_at_work(process: int) -> bool:
    """Whether a process is there and no zombie, which nobody may reap here."""
    stat = Path(f"/proc/{process}/stat")
    try:
        os.kill(process, 0)
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
