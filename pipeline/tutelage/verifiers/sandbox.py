"""Running untrusted Python against tests in a child process with limits.

What holds everywhere on POSIX: a child in a temporary folder with an empty environment and the
standard library alone, limits on wall-clock time, CPU time, memory, file size and open files, its
process group killed at the end, and an audit hook that refuses sockets, processes, ctypes and files
outside its folder. Around it stands the best wall that works here (`outer_wall`): bubblewrap gives
it a file system, a network and processes of its own. Without one it is a network namespace, where
the system allows it.

A pass is a token that the code's thread has no frame, name or object to reach it by; the tests run
with builtins of their own, compiled before the code. Still, both share an interpreter, so a
determined program can pass: by answering with an object that equals everything, by patching the
modules that a test imports, or by taking the audit hook apart first. Nor is this a jail for an
attacker: run such code on a machine, or in a container, that holds nothing of value.
"""

import ast
import contextlib
import json
import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.verifiers.outer_wall import outer_wall, real_python

_CHILD = Path(__file__).with_name("sandboxed.py")
_MOST_READ = 1 << 16
_START_SECONDS = 5
"""Allowed beyond the limit for Python to start on a busy machine."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What the child may use."""

    seconds: int
    memory_mb: int
    need_no_network: bool = False
    """Fail rather than run where the network cannot be cut off by the system."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """How many tests passed, and why the first that failed did."""

    __test__ = False  # pytest would take the name for one of its own

    passed: int
    reason: str | None = None


def run_tests(blocks: Sequence[str], tests: Sequence[str], limits: SandboxLimits) -> TestRun:
    """Run the code, then each test; a test that fails does not end the others.

    The code is the blocks in their order, less those that are no Python where another is. Where
    the code fails, or the whole ends early, no test counts as passed.
    """
    token = secrets.token_hex(16)
    job = {"blocks": list(blocks), "tests": list(tests), "token": token} | {
        "seconds": limits.seconds,
        "memory_mb": limits.memory_mb,
        "need_no_network": limits.need_no_network,
    }
    with tempfile.TemporaryDirectory(prefix="tutelage-") as folder:
        output = _run_child(json.dumps(job), Path(folder), limits.seconds + _START_SECONDS)
    if output is None:
        return TestRun(0, f"took over {limits.seconds} seconds")
    signed, _, rest = output.partition(b" ")
    if not secrets.compare_digest(signed, token.encode()):
        return TestRun(0, _reason(output))
    return _counted(rest.decode(), len(tests))


class CallError(ValueError):
    """Why a function returned nothing: in a few words."""


def call_function(code: str, name: str, arguments: dict[str, Any], limits: SandboxLimits) -> Any:
    """What a function of some code returns, as JSON has it; raises CallError where it fails.

    The code is run as in `run_tests`, but is not taken for an adversary: it could make up any
    result.
    """
    job = {"blocks": [code], "call": {"name": name, "arguments": arguments}} | {
        "seconds": limits.seconds,
        "memory_mb": limits.memory_mb,
        "need_no_network": limits.need_no_network,
    }
    with tempfile.TemporaryDirectory(prefix="tutelage-") as folder:
        said = _run_child(json.dumps(job), Path(folder), limits.seconds + _START_SECONDS)
    if said is None:
        raise CallError(f"took over {limits.seconds} seconds")
    try:
        return json.loads(said)["value"]
    except (ValueError, LookupError, TypeError):
        raise CallError(_reason(said)) from None
    except RecursionError:
        raise CallError("returned lists within lists, too many to be read") from None


def _run_child(job: str, folder: Path, seconds: float) -> bytes | None:
    """What the child wrote to its result file; None when it did not end in time."""
    work = folder / "work"
    work.mkdir()
    with (folder / "result").open("w+b") as result:
        child = subprocess.Popen(
            # -I without -E: the hash seed below is wanted, and nothing else is in the environment.
            outer_wall().command([real_python(), "-P", "-s", "-S", "-B"], _CHILD, work),
            stdin=subprocess.PIPE,
            stdout=result,
            stderr=subprocess.DEVNULL,
            cwd=work,
            # One arena: a second thread's own would reserve a part of the memory allowed.
            env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,
        )
        try:
            child.communicate(job.encode(errors="replace"), timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        result.seek(0)
        return result.read(_MOST_READ)


def _counted(rest: str, tests: int) -> TestRun:
    """What the child's main thread found: how many passed, and of the first failure its words."""
    passed, _, failure = rest.partition(" ")
    if not failure:
        return TestRun(tests)
    where, _, why = failure.partition(": ")
    return TestRun(int(passed), f"{where} failed: {ast.literal_eval(why)}"[:300])


def _reason(output: bytes) -> str:
    """Why the code failed, in the child's words; nothing depends on their being true."""
    try:
        verdict = json.loads(output)
        return f"{verdict['where']} failed: {verdict['error']}"[:300]
    except (ValueError, LookupError, TypeError):
        return "ended early: out of time or memory, or by its own doing"
