"""How far a stage is: a bar on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_LINE_EVERY_SECONDS = 15.0


class Display:
    """Shows one stage at a time on a console: rate, remaining time, spend so far."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[spend]}"),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._unit, self._total, self._done = "", 0, 0
        self._began = self._last_line = time.monotonic()
        self.stage = ""
        self.spend = ""
        self.used: Mapping[str, Any] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def start(self, total: int, unit: str) -> None:
        """Begin counting to `total`."""
        self._unit, self._total, self._done = unit, total, 0
        self._began = self._last_line = time.monotonic()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(
            f"{self.stage} ({unit})", total=total, rate="", spend=self.spend
        )

    def advance(self, count: int = 1) -> None:
        """Count on."""
        self._done += count
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        if self._task is not None:
            self._bar.update(
                self._task,
                advance=count,
                rate=f"{rate:.1f} {self._unit}/s",
                spend=self.spend,
            )
        if not self._console.is_terminal and self._due():
            remaining = (self._total - self._done) / rate
            self._console.print(
                f"  {self.stage}: {self._done}/{self._total} {self._unit}, {rate:.1f}/s, "
                f"about {remaining:.0f} s left {self.spend}".rstrip(),
                highlight=False,
                markup=False,
            )

    def say(self, text: str) -> None:
        """Print one line for the user."""
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        self._console.print(text, highlight=False, markup=False)

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._last_line < _LINE_EVERY_SECONDS:
            return False
        self._last_line = now
        return True
