"""A child process that ends with whoever started it, killed or not."""

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

_PARENT = "TUTELAGE_PARENT"
"""Environment variable, `host:process id`: the parent of those who are started with it."""
_PATIENCE_SECONDS = 10
"""How long a child may take to end once it is asked to."""


def named_as_parent() -> dict[str, str]:
    """The variable by which children, and theirs, know this process."""
    return {_PARENT: f"{socket.gethostname()}:{os.getpid()}"}


def end_with_named_parent() -> None:
    """End this process with the one that the variable names, where that is on this machine."""
    host, _, parent = os.environ.get(_PARENT, "").partition(":")
    if parent and host == socket.gethostname():
        end_with(int(parent))


def end_with(parent: int) -> None:
    """End this process when another ends: what was killed must leave nobody at work."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def end_child(child: "subprocess.Popen[bytes]") -> None:
    """End a child, by force where it does not by itself; returns once it has."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _watch(parent: int) -> None:
    while not _has_ended(parent):
        time.sleep(1)
    os._exit(1)


def _has_ended(process: int) -> bool:
    """Whether a process is gone, or a zombie: in a container it may stay one for ever."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:  # no Linux
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
