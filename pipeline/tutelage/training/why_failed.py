"""Why a job ended badly: its own words where it left any, else the last error of its output."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import InputError, StageError, TutelageError
from tutelage.training.retry_with_settings import RetryWithSettings

OUTPUT = "worker.log"
FAILURE = "failure.json"
"""What the first process that failed has left for the run to show."""
_KILLED = (-9, 137)
"""Codes of a process that was killed, and of a launcher whose process was."""
_TERMINATED = (-15, 143)
"""The same of one that was told to end, as by a machine that is taken away."""
_ERROR = re.compile(r"(\[rank\d+\]: ?)?([A-Za-z_]\w*\.)*\w*(Error|Exception|Interrupt)\b")


@dataclass(frozen=True, slots=True)
class Exit:
    """How the processes of a job ended."""

    code: int | None
    """The exit code of those to blame; None where their machine is gone."""
    machine: int = 0
    """Theirs, by its number."""
    addresses: Sequence[str] = ()
    """Those of all machines, where there are several."""


def was_killed(code: int | None) -> bool:
    """Whether a process was ended from outside or with its machine: others fail for its absence.

    One that aborts (134) is none: NCCL does so where another process has failed.
    """
    return code is None or code in (*_KILLED, *_TERMINATED)


def log_of(folder: Path, machine: int = 0) -> Path:
    """The file that takes the output of a machine's processes."""
    return folder / (f"worker-{machine}.log" if machine else OUTPUT)


def why_failed(folder: Path, ended: Exit) -> TutelageError:
    """The error to raise for a job that ended badly; one it asked for is `RetryWithSettings`."""
    said = _said(folder)
    if was_killed(ended.code) and "try_with" not in said:
        said = {}  # of one that failed for the absence of the killed one
    machine = said.get("machine", ended.machine) if ended.addresses else 0
    where = _where(machine, ended.addresses)
    if "error" in said:
        text = f"{where}: {said['error']}" if where else said["error"]
        if "try_with" in said:
            return RetryWithSettings(text, said["try_with"])
        return InputError(text) if said["input"] else StageError(text)
    log = log_of(folder, machine)
    process = f"the training process {where}".rstrip()
    if ended.code is None or ended.code in _KILLED:  # it had no time to say anything
        return StageError(f"{process} {_how(ended.code)}; the whole log is {log}")
    line = said.get("unexpected") or last_error(log.read_text(encoding="utf-8", errors="replace"))
    return StageError(f"{process} ended with code {ended.code}: {line}; the whole log is {log}")


def last_error(output: str) -> str:
    """The last line that says what went wrong, or the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    return (errors or lines or ["it left no output"])[-1]


def _said(folder: Path) -> dict[str, Any]:
    file = folder / FAILURE
    if not file.exists():
        return {}
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return said


def _where(machine: int, addresses: Sequence[str]) -> str:
    count = len(addresses)
    return f"on {addresses[machine]} (machine {machine + 1} of {count})" if addresses else ""


def _how(code: int | None) -> str:
    if code is None:
        return "is gone, with its machine or with Ray's worker there"
    return f"ended with code {code} (killed, by the kernel for memory perhaps)"
