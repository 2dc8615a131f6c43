"""A command on this machine, for a run that is on another one."""

import os
import socket
import subprocess
import sys

from tutelage.contract.machines import Command
from tutelage.core.errors import StageError
from tutelage.core.free_port import free_port
from tutelage.core.parent_process import end_child, named_as_parent


class MachineProcess:
    """One process, which ends with the one that holds this."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def free_port(self) -> int:
        """A port of this machine."""
        return free_port()

    def start(self, command: Command) -> None:
        """Start it; raises StageError."""
        environment = command.environment | os.environ | named_as_parent()
        arguments = [sys.executable, "-P", *command.arguments]
        try:
            with command.output.open("ab") as output:
                self._child = subprocess.Popen(
                    arguments,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=command.folder,
                )
        except OSError as exc:
            raise StageError(
                f"{socket.gethostname()} cannot start its part of the training: {exc}; all "
                "machines need the run's folder, and the one that it was started in"
            ) from exc

    def code(self) -> int:
        """Wait until it has ended, and return its exit code."""
        assert self._child is not None
        return self._child.wait()

    def stop(self) -> None:
        """End it."""
        if self._child is not None:
            end_child(self._child)
