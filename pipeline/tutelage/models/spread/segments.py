"""A worker's own journal: a line before each request is sent, a line for what came of it.

Lines are only ever added, by one process, so they may stand on a disk that machines share, where
SQLite may not, or in a bucket. What a killed run leaves is taken into the store's journal by the
next.
"""

import json
import shutil
import uuid
from collections import deque
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
from tutelage.models.spread.segment_files import (
    added_lines,
    additions,
    is_in_bucket,
    places_in,
    remove,
)

SEGMENTS = "segments"
"""The folder beside a journal that holds one for each run under way."""
_BUCKET = "bucket"
"""The file in that folder which says where the segments are, if elsewhere."""


class Segment:
    """What one worker writes down, alone."""

    def __init__(self, place: str, model: Model) -> None:
        self._model, self._keys = model, dict[str, str]()
        self._notes_ahead = is_in_bucket(place)
        self._taken: deque[Request] = deque()
        self._to = additions(place)

    def taken(self, requests: Sequence[Request]) -> None:
        """Be told what a worker was given; another thread may do so."""
        if self._notes_ahead:
            self._taken.extend(requests)

    def sending(self, request: Request) -> None:
        """Note that a request is about to be sent, and what it may come to.

        In a bucket all that the worker was given is noted with it, as an upload for each would take
        longer than sending it: all of it counts as sent then.
        """
        if request.id in self._keys:
            return
        some = {request.id: request}
        while self._taken:
            other = self._taken.popleft()
            some[other.id] = other
        self._add([self._sent(one) for one in some.values()])

    def note(self, completions: Sequence[Completion]) -> None:
        """Note what came of requests: answers as the journal takes them, failures."""
        self._add([self._line(completion) for completion in completions])

    def close(self) -> None:
        """Nothing more is noted."""
        self._to.close()

    def _sent(self, request: Request) -> dict[str, Any]:
        key = journal_key(self._model.identity, request)
        self._keys[request.id] = key
        worst = worst_case(self._model, request).to_json()
        return {"id": request.id, "key": key, "model": self._model.identity, "worst": worst}

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
        if text:
            self._to.add(text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Noted:
    """What a segment tells of its requests, each by its id."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Under way when the last line was written, or lost."""
    failed: dict[str, str] = field(default_factory=dict)
    answers: dict[str, JournalRow] = field(default_factory=dict)

    @classmethod
    def read(cls, place: str) -> "Noted":
        """All of a segment; a last line that was cut is left out."""
        found = cls()
        for text in added_lines(place):
            line = json.loads(text.decode("utf-8", "surrogatepass"))
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
def own_segments(journal: Path, bucket: str = "") -> Iterator[str]:
    """A folder for the segments of one run: beside a journal, or in a bucket, which is noted there.

    What is left in it stays.
    """
    folder = journal.parent / SEGMENTS / uuid.uuid4().hex[:12]
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock(folder)):
        folder.mkdir()
        place = f"{bucket.rstrip('/')}/{folder.name}" if bucket else str(folder.resolve())
        if bucket:
            (folder / _BUCKET).write_text(place, encoding="utf-8")
        try:
            yield place
        finally:
            with suppress(OSError):  # something is left in it, or it cannot be reached
                if not places_in(place):
                    _forget(folder)


def take_up_segments(journal: Path) -> None:
    """Put into a journal what workers noted for runs that were killed.

    Requests that were under way then count as lost. Segments of runs that live are left alone.
    """
    for folder in sorted((journal.parent / SEGMENTS).glob("*/")):
        with suppress(Timeout), FileLock(_lock(folder)).acquire(timeout=0):
            noted = folder / _BUCKET
            place = noted.read_text(encoding="utf-8") if noted.exists() else str(folder)
            _take_up(place, journal)
            if is_in_bucket(place):
                remove(place)
            _forget(folder)


def _take_up(place: str, file: Path) -> None:
    journal = Journal(file)
    try:
        for segment in places_in(place):
            noted = Noted.read(segment)
            journal.take([*noted.answers.values()])
            for line in noted.sent.values():
                journal.lose(line["key"], line["model"], Usage.from_json(line["worst"]))
    finally:
        journal.close()


def _forget(folder: Path) -> None:
    shutil.rmtree(folder)
    _lock(folder).unlink()


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
