"""The request journal: every completion is on disk before anything uses it, so none is paid twice.

SQLite in WAL mode: a commit survives `kill -9`, and several processes may share one file. `max_tokens` is not
part of a key: an answer that ended by itself still fits when the limit is raised or not crossed by lowering it.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.ledger import Usage
from pipeline.models.chat import Completion, Request
from pipeline.store import digest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, messages TEXT NOT NULL, sampling TEXT NOT NULL,
    text TEXT NOT NULL, finish_reason TEXT NOT NULL, usage TEXT NOT NULL, created REAL NOT NULL
) WITHOUT ROWID
"""


class Journal:
    """Completions by key, in one SQLite file."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            file, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def get(self, key: str, request: Request) -> Completion | None:
        """The stored answer, if it is what `request` would get: complete, or cut at the same limit."""
        found = self._db.execute(
            "SELECT text, finish_reason, usage, sampling FROM completions WHERE key = ?",
            (key,),
        ).fetchone()
        if found is None:
            return None
        text, finish_reason, usage_text, sampling = found
        usage = Usage.from_json(json.loads(usage_text))
        limit = request.sampling.max_tokens
        complete = finish_reason != "length" and usage.output_tokens <= limit
        if not complete and json.loads(sampling)["max_tokens"] != limit:
            return None
        return Completion(request, text, finish_reason, usage, key=key, cached=True)

    def put(self, key: str, model: str, completion: Completion) -> None:
        """Store an answer durably; a later, longer answer replaces one that was cut."""
        request = completion.request
        self._db.execute(
            "INSERT OR REPLACE INTO completions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                model,
                json.dumps(request.messages, ensure_ascii=False),
                json.dumps(asdict(request.sampling), ensure_ascii=False),
                completion.text,
                completion.finish_reason,
                json.dumps(completion.usage.to_json()),
                time.time(),
            ),
        )

    def show(self, key: str) -> dict[str, Any] | None:
        """Everything known of one completion: model, messages, sampling, text, usage, time."""
        for entry in self._select("WHERE key = ?", (key,)):
            return entry
        return None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every completion, oldest first."""
        yield from self._select("ORDER BY created, key", ())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _select(self, tail: str, values: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(f"SELECT * FROM completions {tail}", values)
        names = [column[0] for column in cursor.description]
        for values_found in cursor:
            entry = dict(zip(names, values_found, strict=True))
            for name in ("messages", "sampling", "usage"):
                entry[name] = json.loads(entry[name])
            yield entry


def journal_key(model: str, request: Request) -> str:
    """The key of a request to a model: identity, messages and sampling, its token limit aside."""
    sampling = asdict(request.sampling)
    del sampling["max_tokens"]
    return digest(model, request.messages, sampling)
