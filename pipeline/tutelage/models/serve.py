"""Starting chat servers for local weights: children with a log that end when this process ends."""

import json
import os
import shlex
import shutil
import string
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import Field, field_validator

from tutelage.core.config import Strict
from tutelage.core.errors import TerminalError
from tutelage.core.free_port import free_port
from tutelage.core.user_modules import environment_of, python_command
from tutelage.models.reference import Reference

_PLACES = ("model", "revision", "host", "port", "number")
_HERE = "127.0.0.1"
_RESTARTS = 3
"""How often a server that answered and then ended is started again."""
_LOG_LINES = 15
_ASK_EVERY_SECONDS = 0.2
_LOADING = 503


class Serve(Strict):
    """An entry `serve:` of a model with local weights: they are served while the model is used."""

    command: str
    """What to run, no shell; {model}, {revision}, {host}, {port} and {number} (0, 1, ...) are
    filled in. With `--on ray` servers start on the cluster's nodes: where one listens at its own
    machine alone unless told otherwise, say `--host {host}`."""
    servers: int = Field(1, gt=0)
    """Servers to start, each on its own port; requests are spread over them."""
    gpus: int = Field(1, gt=0)
    """GPUs that each takes, where they are started on the nodes of a cluster with GPUs."""
    ready_seconds: float = Field(900, gt=0)
    """How long a server may take until it answers."""

    @field_validator("command")
    @classmethod
    def _known_places(cls, command: str) -> str:
        names = {name for _, name, _, _ in string.Formatter().parse(command) if name is not None}
        if unknown := sorted(names - set(_PLACES)):
            known = f"known: {', '.join(_PLACES)}; write braces that are none as {{{{ and }}}}"
            raise ValueError(f"unknown place '{{{unknown[0]}}}'; {known}")
        if "port" not in names:
            raise ValueError("the command must say where {port} goes")
        if not shlex.split(command):
            raise ValueError("no command")
        if "=" in shlex.split(command)[0]:
            raise ValueError(f"no shell reads the command; write `env {command}`")
        return command

    def missing(self) -> str | None:
        """The command's program where it is not found here; None where it is."""
        program = shlex.split(self.command)[0]
        return None if shutil.which(program) or "{" in program else program


class Served(Protocol):
    """A server that was started for this process, here or on another machine."""

    url: str
    """Its base URL."""

    def wait(self) -> str:
        """Wait until it answers; returns the model's name there. Raises TerminalError."""
        ...

    def keep_up(self) -> None:
        """Start it again where it ended; raises TerminalError where it ends again and again."""
        ...

    def close(self) -> None:
        """End it and all that it started."""
        ...


class Server:
    """One server process. Its log is deleted when it is closed, unless it failed."""

    def __init__(self, serve: Serve, reference: Reference, number: int, host: str = _HERE) -> None:
        port = free_port()
        self.url = f"http://{host}:{port}/v1"
        self._model, revision = reference.place
        places = {"model": self._model, "revision": revision or "main", "host": host}
        places |= {"port": str(port), "number": str(number)}
        self._command = [part.format(**places) for part in shlex.split(serve.command)]
        self._until = time.monotonic() + serve.ready_seconds
        handle, name = tempfile.mkstemp(prefix="tutelage-server-", suffix=".log")
        os.close(handle)
        self._log = Path(name)
        self._restarts = 0
        self._process = self._started()

    def wait(self) -> str:
        """Wait until it answers; returns the model's name there. Raises TerminalError."""
        while time.monotonic() < self._until:
            self.check()
            names = _served_names(self.url)
            if names is not None:
                return self._name(names)
            time.sleep(_ASK_EVERY_SECONDS)
        raise TerminalError(f"did not answer in time: {self._story()}")

    def keep_up(self) -> None:
        """Start it again, at its port, where it ended; raises TerminalError with the end of its log
        where that has been done too often."""
        if self._process.poll() is None:
            return
        if self._restarts == _RESTARTS:
            self.check()
        self._restarts += 1
        if self._process.stdin:
            self._process.stdin.close()
        self._process = self._started()

    def check(self) -> None:
        """Raise TerminalError with the end of the log where the process has ended."""
        code = self._process.poll()
        if code is not None:
            raise TerminalError(f"the server ended with code {code}: {self._story()}")

    def close(self) -> None:
        """End it and all that it started."""
        if self._process.stdin:
            self._process.stdin.close()
        failed = self._process.poll() is not None
        self._process.wait()
        if not failed:
            self._log.unlink(missing_ok=True)

    def _started(self) -> "subprocess.Popen[bytes]":
        guard = python_command(str(Path(__file__).with_name("watchdog.py")))
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*guard, *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment_of(self._command),
            )

    def _name(self, names: list[str]) -> str:
        """The name to ask for: one in the command, or the model's own, or the only one listed."""
        known = [name for name in names if name in self._command]
        if not known and self._model in names:
            return self._model
        if len(names) > 1 and not known:
            listed = ", ".join(map(repr, names[:5]))
            raise TerminalError(
                f"the server lists {len(names)} models and none is '{self._model}': {listed}; "
                f"say in `command:` which to serve: {shlex.join(self._command)}"
            )
        return (known or names or [self._model])[0]

    def _story(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"  {line}" for line in lines[-_LOG_LINES:])
        return f"{shlex.join(self._command)}\nThe end of its log, {self._log}:\n{tail}"


StartOne = Callable[[Serve, Reference, int], Served]
"""Starts the server of a number."""


def start_servers(
    serve: Serve, reference: Reference, start: StartOne = Server
) -> tuple[list[Served], str]:
    """Start all servers at once and wait for them; returns them and the model's name there."""
    servers: list[Served] = []
    try:
        for number in range(serve.servers):
            servers.append(start(serve, reference, number))
        names = [server.wait() for server in servers]
    except BaseException:
        for server in servers:
            server.close()
        raise
    return servers, names[0]


def _served_names(base: str) -> list[str] | None:
    """The models that a server lists, none if it cannot list them; None while it is not ready.

    llama-server lists its model while it loads it; where there is a `/health`, that knows better.
    """
    health, _ = _get(f"{base.removesuffix('/v1')}/health")
    if health == _LOADING:
        return None
    status, listed = _get(f"{base}/models")
    if status != 200:
        return [] if health == 200 else None
    try:
        return [str(model["id"]) for model in json.loads(listed)["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _get(url: str) -> tuple[int, bytes]:
    """The status and body of a response, past any proxy; 0 where there is none."""
    import http.client
    import urllib.error
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as response:
            return response.status, bytes(response.read(1 << 20))
    except urllib.error.HTTPError as exc:
        exc.close()
        return exc.code, b""
    except (OSError, http.client.HTTPException):
        return 0, b""
