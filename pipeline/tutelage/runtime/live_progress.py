"""Progress that a page can follow while a run goes on: `progress.json` in the run's folder."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutelage.contract.context import Progress
from tutelage.core.json_files import write_json

PROGRESS = "progress.json"
_EVERY_SECONDS = 1.0
_SAID = 20
"""Last lines kept for a page that is opened later."""


class LiveProgress:
    """Shows progress as another does, and writes it down once a second."""

    def __init__(
        self,
        shown: Progress,
        folder: Path,
        recipe: str,
        stages: Sequence[str],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """`about` is what else a page may want to know of the run, as plain values."""
        self._shown = shown
        self._file = folder / PROGRESS
        self._facts: dict[str, Any] = dict(about or {}) | {
            "recipe": recipe,
            "stages": list(stages),
            "process": os.getpid(),
            "started": time.time(),
            "stage": "",
            "done": 0,
            "total": 0,
            "unit": "",
            "said": [],
        }
        self._written = 0.0

    @property
    def stage(self) -> str:
        """The stage that is at work."""
        return self._shown.stage

    @stage.setter
    def stage(self, name: str) -> None:
        self._shown.stage, self._shown.used = name, {}
        self._facts |= {"stage": name, "done": 0, "total": 0, "unit": "", "began": time.time()}
        self._facts["entered"] = self._facts["began"]
        self._write()

    @property
    def spend(self) -> str:
        """What the stage has spent so far, in words."""
        return self._shown.spend

    @spend.setter
    def spend(self, words: str) -> None:
        self._shown.spend = words

    @property
    def used(self) -> Mapping[str, Any]:
        """What the stage's answers took so far: a `Usage` as JSON."""
        return self._shown.used

    @used.setter
    def used(self, usage: Mapping[str, Any]) -> None:
        self._shown.used = usage

    def start(self, total: int, unit: str) -> None:
        """Begin counting to `total`."""
        self._shown.start(total, unit)
        self._facts |= {"done": 0, "total": total, "unit": unit, "began": time.time()}
        self._write()

    def advance(self, count: int = 1) -> None:
        """Count on."""
        self._shown.advance(count)
        self._facts["done"] += count
        if time.monotonic() - self._written > _EVERY_SECONDS:
            self._write()

    def say(self, text: str) -> None:
        """Print one line for the user, and keep it for the page."""
        self._shown.say(text)
        self._facts["said"] = [*self._facts["said"], text][-_SAID:]
        self._write()

    def end(self, problem: str = "") -> None:
        """Write down that the run ended, and what stopped it: in which stage, stays there."""
        self._facts |= {"ended": time.time(), "problem": problem}
        if not problem:
            self._facts["stage"] = ""
        self._write()

    def _write(self) -> None:
        """Only where the run has a folder; a full disk must not end a run that could go on."""
        self._written = time.monotonic()
        if not self._file.parent.is_dir():
            return
        try:
            now = {"spend": self.spend, "used": dict(self.used), "time": time.time()}
            write_json(self._file, self._facts | now)
        except OSError:
            return
