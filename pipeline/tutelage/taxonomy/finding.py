"""What is found wrong in a taxonomy, and where."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tutelage.core.yaml_io import YamlText

UNFINISHED = "unfinished"
"""The code of what is no mistake, but still to be filled in or approved."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `line` is counted from 1, `place` is the dotted path there."""

    file: Path
    line: int | None
    severity: Literal["error", "warning"]
    code: str
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return (
            f"{where}: {self.place}: {self.message}" if self.place else f"{where}: {self.message}"
        )


Report = Callable[[Finding], None]
"""Takes findings: a linter collects them, the loader raises the first error."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Reports what is found in one file, with the line of its place."""

    file: Path
    text: YamlText
    report: Report

    def error(self, code: str, place: str, message: str, line: int | None = None) -> None:
        """Report what keeps the taxonomy from being used as it was meant."""
        self._note("error", code, place, message, line)

    def warning(self, code: str, place: str, message: str, line: int | None = None) -> None:
        """Report what makes its results worse than they could be."""
        self._note("warning", code, place, message, line)

    def _note(
        self,
        severity: Literal["error", "warning"],
        code: str,
        place: str,
        message: str,
        line: int | None,
    ) -> None:
        line = self.text.line(place) if line is None else line
        self.report(Finding(self.file, line, severity, code, place, message))
