"""The child that runs untrusted code: `sandbox` starts it as a file; nothing imports it.

Limits first, then no network and no other process, then the code. What comes out is a token that
only this file's main thread knows, written when everything ran; anything else says what failed.
Code and tests run in a thread whose calls start in C, so that no frame of theirs leads to ours.
"""

import _thread
import builtins
import contextlib
import ctypes
import io
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from functools import partial
from operator import call
from pathlib import Path
from types import ModuleType
from typing import Any

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_PROCESSES = (
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
)
_CLOSED = (
    *_PROCESSES,
    "subprocess.",
    "socket.",
    "ctypes.",
    "pty.",
    "os.kill",
    "signal.pthread_kill",
)
_LOOKS = (
    "gc.get_",
    "sys._current_",
    "sys.addaudithook",
    "sys.monitoring.",
    "sys.setprofile",
    "sys.settrace",
)
"""Ways to objects and frames of another thread, or into what it runs."""
_CHANGES = (
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
)

_MOST_RESULT = 1 << 16
"""Bytes of what a call returns; a longer one is cut, and so no JSON."""
_NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What compiling a text that is no program ends in."""


def main() -> None:
    """Read the job from standard input, run it, write the verdict."""
    with open(0, "rb", closefd=False) as given:  # not `sys.stdin`, whose buffer stays
        job = json.load(given)
    out = os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(quiet, standard)
    _limit(job["seconds"], job["memory_mb"] << 20)
    cut_off = _cut_network()
    if not cut_off and job["need_no_network"]:
        _tell(out, "sandbox", "the network stays open")
        return
    library = str(Path(os.__file__).parent)
    sys.addaudithook(_guard([str(Path.cwd()), library, sys.prefix, sys.base_prefix]))
    if "call" in job:
        return _call(job["blocks"], job["call"], out)
    try:
        steps = dict(_steps(job["blocks"], job["tests"]))
    except _NO_PYTHON as exc:
        return _tell(out, "code", _said(exc))
    _judge(steps, out, job.pop("token").encode())


def _steps(blocks: list[str], tests: list[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """What to run, by name: the code, then the tests, with builtins that the code never had."""
    namespace: dict[str, Any] = {"__name__": "answer", "__builtins__": dict(vars(builtins))}
    code = "\n".join(list(filter(_compiles, blocks)) or blocks)
    yield "code", partial(exec, compile(code, "code", "exec"), namespace)
    yield "builtins", partial(namespace.update, __builtins__=dict(vars(builtins)))
    for number, test in enumerate(tests, 1):
        name = f"test {number}"
        yield name, partial(exec, compile(test, name, "exec"), namespace)


def _call(blocks: list[str], call: dict[str, Any], out: int) -> None:
    """Call a function of the code and write what it returns, as JSON."""
    namespace: dict[str, Any] = {"__name__": "tools"}
    try:
        exec(compile("\n".join(blocks), "code", "exec"), namespace)
        value = namespace[call["name"]](**call["arguments"])
        written = json.dumps({"value": value}, ensure_ascii=False)
    except BaseException as exc:  # whatever the code raises is its result
        return _tell(out, "call", _said(exc))
    os.write(out, written.encode(errors="replace")[:_MOST_RESULT])


def _compiles(block: str) -> bool:
    try:
        compile(block, "code", "exec")
    except _NO_PYTHON:
        return False
    return True


def _judge(steps: dict[str, Callable[[], object]], out: int, token: bytes) -> None:
    """Take the steps in threads that C alone calls; write the token and how many tests passed.

    A test that fails ends its thread and no more: a further one takes the rest. The code may
    replace whatever a module holds, so after it only local names are used, and nothing is called
    that is written in Python.
    """
    write, leave, wait, shut, size, pipe = os.write, os._exit, os.read, os.close, len, os.pipe
    begin, allocate, handle = _thread.start_new_thread, _thread.allocate_lock, io.FileIO
    apply, one_by_one, plain, encode, empty = map, iter, ascii, str.encode, list
    names, calls = [*steps], [*steps.values()]
    tests = range(names.index("builtins") + 1, size(names))
    at, passed, why = 0, 0, b""
    failed = list[str]()
    sys.unraisablehook = lambda raised: failed.append(_said(raised.exc_value))
    sys.modules["__main__"] = ModuleType("__main__")
    steps.clear()
    try:
        while at < size(calls):
            done: list[object] = empty()
            known = size(failed)
            finished = allocate()
            finished.acquire()
            open_until_done, held = pipe()
            # The thread alone holds the pipe's end: however it stops, that is closed then.
            todo = one_by_one([handle(held, "wb").fileno, *calls[at:], finished.release])
            begin(done.extend, (apply(call, todo),))
            del todo
            wait(open_until_done, 1)
            shut(open_until_done)
            ended = finished.acquire(False)
            reached = size(calls) if ended else at + size(done) - 1
            passed += reached - at if at in tests else reached - tests.start
            if ended:
                break
            told = failed[-1] if size(failed) > known else "SystemExit, or an error not told"
            why = why or encode(names[reached] + ": " + plain(told))
            if reached not in tests:
                passed, at = 0, size(calls)
            else:
                at = reached + 1
        write(out, token + b" " + encode(f"{passed}") + b" " + why)
        leave(0)
    except BaseException:  # its traceback would show this frame to the code's `sys.excepthook`
        leave(1)


def _said(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _limit(seconds: int, memory: int) -> None:
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 1 << 20,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        # macOS refuses some of these; the wall-clock limit of the parent holds there too.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def _cut_network() -> bool:
    """Move into an empty network namespace; False where the system does not allow that."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return 0 in (libc.unshare(flags) for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK))
    except (AttributeError, OSError):
        return False


def _guard(roots: list[str]) -> Any:
    """An audit hook, never to be taken off: no process, no socket, no file of others."""
    folders = tuple(os.path.realpath(root) + os.sep for root in roots)
    closed = (*_CLOSED, *_LOOKS)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(closed):
            raise PermissionError(f"{event} is closed to tested code")
        if event == "open" and isinstance(args[0], str | bytes):
            path = os.path.realpath(os.fsdecode(args[0]))
            flags = args[2] if isinstance(args[2], int) else 0
            writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if not path.startswith(folders[:1] if writing else folders):
                raise PermissionError(f"{path} is closed to tested code")
        if event in _CHANGES and not os.path.realpath(os.fsdecode(args[0])).startswith(folders[0]):
            raise PermissionError(f"{event} is closed to tested code")

    return hook


def _tell(out: int, where: str, error: str) -> None:
    os.write(out, json.dumps({"where": where, "error": error}).encode())


if __name__ == "__main__":
    main()
