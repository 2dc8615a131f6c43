"""Run a command until it ends or whoever started this is gone; then nothing of it is left behind.

Run by path, so it imports nothing of Tutelage. Standard input is a pipe that nobody writes to: its
end means that the parent is gone, killed or not, and a server that holds a GPU must not outlive it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

_PATIENCE_SECONDS = 20.0
"""Time for a server to end by itself before it is killed."""


def main() -> int:
    """Run `sys.argv[1:]` in a session of its own."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_with_parent, args=(child,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    code = child.wait()
    _signal(child, signal.SIGKILL)
    return code


def _end_with_parent(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1):
        pass
    _signal(child, signal.SIGTERM)
    until = time.monotonic() + _PATIENCE_SECONDS
    while child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    _signal(child, signal.SIGKILL)


def _signal(child: "subprocess.Popen[bytes]", number: int) -> None:
    """Signal the child and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main())
