"""Batches handed in and not collected yet, one JSON file each: a killed run asks nothing twice.

A record is on disk before its batch is handed in, without the provider's id; a run that was killed
between the two finds the batch at the provider by the record's tag, or by its time and size.
"""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tutelage.core.disk_errors import writing
from tutelage.core.json_files import write_json

BATCHES = "batches"
"""The folder's name, beside a journal."""
_KEPT_SECONDS = 30 * 24 * 3600
"""Providers delete a batch's answers after about so long."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch: what was handed in where, and the provider's id once that is known."""

    tag: str
    url: str
    created: float
    """Unix seconds, before it was handed in."""
    names: tuple[str, ...]
    """What its requests are called in it: digests of model, prompt and sampling."""
    batch_id: str = ""


class BatchRecords:
    """The records of a store, in a folder beside its journal."""

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda text: None) -> None:
        """`say` shows a line to the user."""
        self.say = say
        self._folder = folder

    def unfinished(self, url: str) -> list[BatchRecord]:
        """The batches of a server that nobody collected, oldest first."""
        found = []
        for file in self._folder.glob("*.json"):
            fields = json.loads(file.read_text(encoding="utf-8"))
            record = BatchRecord(**fields | {"names": tuple(fields["names"])})
            if record.created < time.time() - _KEPT_SECONDS:
                file.unlink(missing_ok=True)
            elif record.url == url:
                found.append(record)
        return sorted(found, key=lambda record: record.created)

    def begin(self, url: str, names: Sequence[str]) -> BatchRecord:
        """Note a batch that is about to be handed in."""
        record = BatchRecord(uuid.uuid4().hex, url, time.time(), tuple(names))
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        self._write(record)
        return record

    def name(self, record: BatchRecord, batch_id: str) -> BatchRecord:
        """Note the id that the provider gave a batch."""
        named = replace(record, batch_id=batch_id)
        self._write(named)
        return named

    def drop(self, record: BatchRecord) -> None:
        """Forget a batch: its answers are in the journal, or it never came to be."""
        (self._folder / f"{record.tag}.json").unlink(missing_ok=True)

    def _write(self, record: BatchRecord) -> None:
        write_json(self._folder / f"{record.tag}.json", asdict(record))
