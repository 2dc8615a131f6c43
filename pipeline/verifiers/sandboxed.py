"""The child that runs untrusted code: `sandbox` starts it as a file; nothing imports it.

Limits first, then no network and no other process, then the code. What comes out is one JSON line,
signed with a token that the code is not told.
"""

import builtins
import contextlib
import ctypes
import json
import os
import resource
import sys
from pathlib import Path
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
_CHANGES = (
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
)


def main() -> None:
    """Read the job from standard input, run it, write the verdict."""
    job = json.load(sys.stdin)
    out = os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(quiet, standard)
    _limit(job["seconds"], job["memory_mb"] << 20)
    cut_off = _cut_network()
    if not cut_off and job["need_no_network"]:
        _tell(
            out,
            {
                "token": job["token"],
                "where": "sandbox",
                "error": "the network stays open",
            },
        )
        return
    library = str(Path(os.__file__).parent)
    sys.addaudithook(_guard([str(Path.cwd()), library, sys.prefix, sys.base_prefix]))
    token = job.pop("token")
    _tell(out, {"token": token} | _run(job["code"], job["tests"]))
    os._exit(0)


def _run(code: str, tests: list[str]) -> dict[str, Any]:
    """Where the first error came up, and which; `where` is None when all went well."""
    namespace: dict[str, Any] = {"__name__": "answer", "__builtins__": builtins}
    for where, source in (
        ("code", code),
        *((f"test {n}", test) for n, test in enumerate(tests, 1)),
    ):
        try:
            exec(compile(source, where, "exec"), namespace)
        except BaseException as exc:  # also SystemExit: leaving early is no success
            return {"where": where, "error": f"{type(exc).__name__}: {exc}"[:200]}
    return {"where": None, "error": None}


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

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(_CLOSED):
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


def _tell(out: int, verdict: dict[str, Any]) -> None:
    os.write(out, json.dumps(verdict).encode())


if __name__ == "__main__":
    main()
