"""Whether two mathematical expressions are equal: `\\frac{1}{2}` and 0.5, `(x+1)^2` multiplied out.

math-verify decides (Hugging Face, the grader of their maths benchmarks), in a child process that is
kept: from any thread, bounded in time and memory.
"""

import atexit
import json
import select
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

SECONDS = 10.0
"""How long one comparison may take."""
_START_SECONDS = 60.0
"""How long the child may take for its first answer: it loads sympy."""
_LONGEST = 2000
"""Characters of an expression beyond which it is no answer."""
_CHILD = Path(__file__).with_name("math_child.py")


@lru_cache(maxsize=4096)
def math_equal(wanted: str, found: str) -> bool:
    """Whether `found`, LaTeX or plain, in `$` or not, equals the expression `wanted`.

    What cannot be read, or takes over 10 seconds or 2 GB, is not equal.
    """
    if max(len(wanted), len(found)) > _LONGEST:
        return False
    return _grader().equal(_bare(wanted), _bare(found))


def _bare(text: str) -> str:
    """The expression without the signs around it, where it is one formula and nothing else."""
    text = text.strip()
    inner = text.strip("$")
    return text if "$" in inner else inner


class _Grader:
    """The child process; a new one where it died or had to be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        atexit.register(self.close)

    def equal(self, wanted: str, found: str) -> bool:
        line = json.dumps({"wanted": wanted, "found": found}) + "\n"
        with self._lock:
            child, seconds = self._child, SECONDS
            if child is None or child.poll() is not None:
                child, seconds = self._start(), _START_SECONDS
            assert child.stdin is not None and child.stdout is not None
            try:
                child.stdin.write(line)
                child.stdin.flush()
                ready, _, _ = select.select([child.stdout], [], [], seconds)
                said = child.stdout.readline() if ready else ""
            except OSError:
                said = ""
            if said:
                return bool(json.loads(said))
            self.close()
            return False

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _start(self) -> "subprocess.Popen[str]":
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        return self._child


@lru_cache(maxsize=1)
def _grader() -> _Grader:
    return _Grader()
