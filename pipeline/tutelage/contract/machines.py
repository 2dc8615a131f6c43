"""Several machines that do one thing together: a command started on each, and ended on all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Command:
    """What is started on a machine."""

    arguments: tuple[str, ...]
    """Of the Python that runs there."""
    environment: dict[str, str]
    """Added to that of the machine, whose own values hold."""
    folder: Path
    """Where it stands."""
    output: Path
    """A file of its own, which what it says is added to."""


class Gang(Protocol):
    """Machines that are held for one thing."""

    @property
    def addresses(self) -> Sequence[str]:
        """Where they reach each other."""
        ...

    @property
    def port(self) -> int:
        """A free one of the first machine, where they may meet."""
        ...

    def start(self, commands: Sequence[Command]) -> None:
        """Start a command on each; raises StageError where one cannot be started."""
        ...

    def codes(self) -> dict[int, int | None]:
        """The exit codes of those that have ended, by number; None of a machine that is gone."""
        ...

    def close(self) -> None:
        """End what is still at work, and let the machines go."""
        ...


class Machines(Protocol):
    """The machines that there are."""

    @property
    def address(self) -> str:
        """That of this process, as the machines reach it."""
        ...

    def gather(self, count: int, gpus: int) -> Gang:
        """So many of them, each with so many GPUs where there are any; raises StageError."""
        ...
