"""The wall around the child that runs untrusted code: what the operating system offers here.

`bubblewrap` shows it a file system of its own (the system's programs to read, one folder to write),
no network, no other process. `unshare` takes network and processes from it, and leaves files to the
checks inside the child. Without either only these checks stand.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TRIAL_SECONDS = 20
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
"""What a dynamically linked Python reads; the rest of the machine is not there."""


@dataclass(frozen=True, slots=True)
class OuterWall:
    """One way to start the child; `name` is `bubblewrap`, `unshare` or `none`."""

    name: str
    program: str = ""

    def command(self, python: Sequence[str], script: Path, work: Path) -> list[str]:
        """How `python script` is started in the folder `work`, behind this wall."""
        if self.name == "bubblewrap":
            return [self.program, *_bubblewrap(script, work), *python, str(script)]
        if self.name == "unshare":
            spaces = ("--user", "--map-root-user", "--net", "--ipc", "--pid", "--fork")
            return [self.program, *spaces, "--kill-child", *python, str(script)]
        return [*python, str(script)]

    def in_words(self) -> str:
        """What holds code in, for plan and report."""
        return {
            "bubblewrap": "bubblewrap: its own file system, no network, no other processes",
            "unshare": "unshare: no network, no other processes; files by Python's checks alone",
            "none": "none: Python's own checks and limits alone",
        }[self.name]


@cache
def outer_wall() -> OuterWall:
    """The best wall that works here: each is tried once with a program that does nothing."""
    for name, program in (("bubblewrap", "bwrap"), ("unshare", "unshare")):
        if (found := shutil.which(program)) and _works(wall := OuterWall(name, found)):
            return wall
    return OuterWall("none")


def warning() -> str | None:
    """What to say before code in answers is run here; None behind a wall of files too."""
    wall = outer_wall()
    if wall.name == "bubblewrap":
        return None
    return (
        f"code in answers is run with this outer wall: {wall.in_words()}. Install bubblewrap where "
        "it may make user namespaces, or run in a container that holds nothing of value"
    )


def real_python() -> str:
    """The interpreter itself, not a virtual environment's link to it."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _bubblewrap(script: Path, work: Path) -> list[str]:
    shown = [place for place in _SYSTEM if Path(place).exists()]
    library = str(Path(os.__file__).parent)
    shown += [sys.base_prefix, library, str(Path(real_python()).parent)]
    binds = [part for place in dict.fromkeys(shown) for part in ("--ro-bind", place, place)]
    return [
        *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--tmpfs", "/tmp"),
        *binds,
        *("--ro-bind", str(script), str(script)),
        *("--bind", str(work), str(work), "--chdir", str(work)),
        *("--proc", "/proc", "--dev", "/dev"),
    ]


def _works(wall: OuterWall) -> bool:
    here = Path(__file__)
    try:
        command = wall.command([real_python(), "-I", "-S"], here, here.parent)
        trial = [*command[:-1], "-c", "pass"]
        done = subprocess.run(trial, capture_output=True, timeout=_TRIAL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
