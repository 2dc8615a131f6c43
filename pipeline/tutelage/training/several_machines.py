"""A job on several machines: a launcher on each, all of them ended at the first exit."""

import time
from collections.abc import Sequence
from pathlib import Path

from tutelage.contract.context import Context
from tutelage.contract.machines import Command, Gang
from tutelage.core.errors import InputError
from tutelage.training.follow import follow
from tutelage.training.launch_command import Meeting, launcher_arguments
from tutelage.training.spread_over import machines, processes_each
from tutelage.training.why_failed import Exit, log_of, was_killed

_PATIENCE_SECONDS = 3.0
"""How long to wait, once one has failed, for another one that was killed before, and took it down.
"""


def run_on_machines(worker: Sequence[str], environment: dict[str, str], context: Context) -> Exit:
    """Launch `worker`, arguments of Python, on all machines, and follow it to its end.

    Raises InputError where there are no machines to be had, StageError where they are taken.
    """
    if context.machines is None:
        raise InputError("several `machines` train together on a Ray cluster only: `--on ray`")
    how = context.accelerate
    gang = context.machines.gather(machines(how), processes_each(how))
    try:
        commands = []
        for number in range(machines(how)):
            meeting = Meeting(number, gang.addresses[0], gang.port)
            arguments = (*launcher_arguments(how, meeting), *worker)
            log = log_of(context.folder, number).resolve()
            commands.append(Command(arguments, environment, Path.cwd(), log))
        gang.start(commands)
        exits = _Exits(gang)
        follow(exits.over, context)
    finally:
        gang.close()
    return exits.blamed()


class _Exits:
    """How the launchers of a gang have ended so far."""

    def __init__(self, gang: Gang) -> None:
        self._gang = gang
        self._codes: dict[int, int | None] = {}
        self._until = 0.0

    def over(self) -> bool:
        """Whether one has failed, and is to blame; or the first has saved the weights."""
        self._codes = self._gang.codes()
        failed = [code for code in self._codes.values() if code != 0]
        if self._codes.get(0) == 0 or any(map(was_killed, failed)):
            return True
        if not failed:
            return False
        now = time.monotonic()
        self._until = self._until or now + _PATIENCE_SECONDS
        return len(self._codes) == len(self._gang.addresses) or now > self._until

    def blamed(self) -> Exit:
        """One that was killed before one that failed, which may be for its absence."""
        failed = {number: code for number, code in self._codes.items() if code != 0}
        if self._codes.get(0) == 0 or not failed:
            return Exit(0)
        killed = [number for number, code in failed.items() if was_killed(code)]
        number = next(iter(killed or failed))
        return Exit(failed[number], number, self._gang.addresses)
