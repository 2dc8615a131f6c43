"""A worker's own journal: a line before each request is sent, a line for what came of it.

Lines are only ever added, by one process, so the file may stand on a disk that machines share,
where SQLite may not. What a killed run leaves is taken into the store's journal by the next.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tutelage.accounting.ledger import Usage
from tutelage.core.disk_errors import writing
from tutelage.core.errors import LostError
from tutelage.models.chat import Completion, Request
from tutelage.models.engines.dispatch import failed
from tutelage.models.journal import Journal, JournalRow, answer_in, journal_key, journal_row
from tutelage.models.model import Model
from tutelage.models.request_charges import priced, worst_case

SEGMENTS = "segments"
"""The folder beside a journal that holds one for each run under way."""


class Segment:
    """The file of one worker, which alone writes to it."""

    def __init__(self, file: Path, model: Model) -> None:
        self._file, self._model = file, model
        self._keys: dict[str, str] = {}
        with writing(file):
            self._to = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def sending(self, request: Request) -> None:
        """Note that a request is about to be sent, and what it may come to."""
        key = journal_key(self._model.identity, request)
        self._keys[request.id] = key
        worst = worst_case(self._model, request).to_json()
        self._add([{"id": request.id, "key": key, "model": self._model.identity, "worst": worst}])

    def note(self, completions: Sequence[Completion]) -> None:
        """Note what came of requests: answers as the journal takes them, failures."""
        self._add([self._line(completion) for completion in completions])

    def close(self) -> None:
        """Close the file."""
        os.close(self._to)

    def _line(self, completion: Completion) -> dict[str, Any]:
        name = completion.request.id
        if completion.lost:
            return {"id": name, "lost": completion.error}
        if completion.finish_reason == "failed":
            return {"id": name, "failed": completion.error}
        key = self._keys[name]
        answer = priced(self._model, completion, key)
        return {"id": name, "answer": journal_row(key, self._model.identity, answer)}

    def _add(self, lines: Sequence[dict[str, Any]]) -> None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        with writing(self._file):
            os.write(self._to, text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Noted:
    """What a segment tells of its requests, each by its id."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Under way when the last line was written, or lost."""
    failed: dict[str, str] = field(default_factory=dict)
    answers: dict[str, JournalRow] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Noted":
        """All of a file; a last line that was cut is left out."""
        found = cls()
        for line in _lines(file):
            name = line["id"]
            if "worst" in line:
                found.sent[name] = line
            elif "lost" not in line:
                found.sent.pop(name, None)
                if "answer" in line:
                    found.answers[name] = tuple(line["answer"])
                else:
                    found.failed[name] = line["failed"] or ""
        return found

    def outcome(self, request: Request) -> Completion | None:
        """What came of a request; None where it was not sent."""
        if row := self.answers.get(request.id):
            return answer_in(row, request)
        if (error := self.failed.get(request.id)) is not None:
            return Completion(request, "", "failed", Usage(), error=error)
        if request.id in self.sent:
            problem = LostError("dropped: the worker that asked died before the answer")
            return failed(request, problem, lost=True)
        return None


@contextmanager
def own_segments(journal: Path) -> Iterator[Path]:
    """A folder beside a journal for the segments of one run; what is left in it stays."""
    folder = journal.parent / SEGMENTS / uuid.uuid4().hex[:12]
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock(folder)):
        folder.mkdir()
        try:
            yield folder
        finally:
            with suppress(OSError):  # something is left in it
                folder.rmdir()
                _lock(folder).unlink()


def take_up_segments(journal: Path) -> None:
    """Put into a journal what workers noted for runs that were killed.

    Requests that were under way then count as lost. Segments of runs that live are left alone.
    """
    for folder in sorted((journal.parent / SEGMENTS).glob("*/")):
        with suppress(Timeout), FileLock(_lock(folder)).acquire(timeout=0):
            _take_up(folder, journal)
            shutil.rmtree(folder)
            _lock(folder).unlink()


def _take_up(folder: Path, file: Path) -> None:
    journal = Journal(file)
    try:
        for segment in sorted(folder.iterdir()):
            noted = Noted.read(segment)
            journal.take([*noted.answers.values()])
            for line in noted.sent.values():
                journal.lose(line["key"], line["model"], Usage.from_json(line["worst"]))
    finally:
        journal.close()


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line.decode("utf-8", "surrogatepass"))
