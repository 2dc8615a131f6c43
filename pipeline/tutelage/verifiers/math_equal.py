"""Whether two formulas are equal, by math-verify in a child process that may be ended.

SymPy can compute without end on a short text (`9^9^9^9`), and no thread can be stopped: so a child
answers question after question, and is replaced where an answer takes too long.
"""

import atexit
import importlib.util
import json
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from threading import Lock

_WORKER = Path(__file__).with_name("math_worker.py")
_SECONDS, _START_SECONDS = 3.0, 60.0
"""For one comparison, and for the child to load SymPy."""
_LONGEST = 400
"""Characters of a formula; longer ones are not compared."""
_FORMULA = re.compile(r"\\[a-zA-Z]+|[\^_]|[=<>+*/]|\d[a-zA-Z(]|[a-zA-Z]\(|\$|√|π|∞")


def looks_like_formula(text: str) -> bool:
    """Whether a text may be mathematics rather than words."""
    return bool(_FORMULA.search(text))


def can_compare() -> bool:
    """Whether math-verify is installed (`pip install 'tutelage[math]'`)."""
    return importlib.util.find_spec("math_verify") is not None


@lru_cache(maxsize=4096)
def math_equal(wanted: str, found: str) -> bool:
    """Whether two formulas in LaTeX or plain text are equal.

    False where they are too long, take too long, or math-verify is not installed.
    """
    if max(len(wanted), len(found)) > _LONGEST or not can_compare():
        return False
    return _child().ask(wanted, found)


class _Child:
    """The child and the pipes to it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, wanted: str, found: str) -> bool:
        """The child's answer; False where it takes too long."""
        with self._lock:
            try:
                process = self._process or self._start()
                assert process.stdin is not None
                process.stdin.write(f"{json.dumps([wanted, found])}\n")
                process.stdin.flush()
                return _line(process, _SECONDS) == "1"
            except (OSError, TimeoutError):
                self.end()
                return False

    def end(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _start(self) -> "subprocess.Popen[str]":
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        _line(self._process, _START_SECONDS)
        return self._process


def _line(process: "subprocess.Popen[str]", seconds: float) -> str:
    """A line that the child writes; raises TimeoutError where none comes in time."""
    assert process.stdout is not None
    with DefaultSelector() as ready:
        ready.register(process.stdout, EVENT_READ)
        if not ready.select(seconds):
            raise TimeoutError
    if line := process.stdout.readline():
        return line.strip()
    raise BrokenPipeError


@lru_cache(maxsize=1)
def _child() -> _Child:
    made = _Child()
    atexit.register(made.end)
    return made
