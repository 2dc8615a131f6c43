"""What one person decides on the rows of a run, on disk before it counts; other pages' decisions,
also those of a second server, are read as they come."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.errors import InputError
from tutelage.core.labels import (
    Label,
    add_label,
    by_row,
    mark_shown,
    read_labels,
    rows_shown,
    undo_label,
)


@dataclass
class DecisionLog:
    """A run's `labels.jsonl` as one person sees and extends it; safe among threads."""

    file: Path
    rater: str
    decided: int = 0
    """Decisions of this session, taken back or not."""
    _labels: dict[str, Label] = field(default_factory=dict)
    _shown: set[str] = field(default_factory=set)
    _size: int = -1
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Raises RowsError where the file holds something else."""
        self._refresh()

    @property
    def labels(self) -> Mapping[str, Label]:
        """The last decision on each row that stands, by the row's id."""
        with self._lock:
            self._refresh()
            return self._labels

    def has_seen(self, row: str) -> bool:
        """Whether this person has seen what filters and judges said of a row."""
        with self._lock:
            self._refresh()
            return row in self._shown

    def note_seen(self, row: str) -> None:
        """Note that verdicts are about to be shown; once for each row."""
        with self._lock:
            if not self.has_seen(row):
                with suppress(OSError):  # a run to be read only, in which nobody can decide
                    mark_shown(self.file, row, self.rater)
                self._shown.add(row)
                self._size = self._size_now()

    def add(self, label: Label) -> None:
        """Keep a decision: it is on disk when this returns."""
        with self._lock:
            self._refresh()
            add_label(self.file, label)
            self._labels = self._labels | {label.row: label}
            self._size = self._size_now()
            self.decided += 1

    def undo_last(self, stage: str) -> Label:
        """Take back this person's last decision on a row of a stage, also one of an earlier
        session; raises InputError where there is none."""
        with self._lock:
            own = [one for one in read_labels(self.file) if one.rater == self.rater]
            last = next((one for one in reversed(own) if one.stage == stage), None)
            if last is None:
                raise InputError(f"nothing to undo: no decision of yours on stage '{stage}' stands")
            undo_label(self.file, last.id)
            self._refresh()
            self.decided += 1
            return last

    def _refresh(self) -> None:
        if (size := self._size_now()) != self._size:
            self._labels = by_row(read_labels(self.file))
            self._shown = rows_shown(self.file, self.rater)
            self._size = size

    def _size_now(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0
