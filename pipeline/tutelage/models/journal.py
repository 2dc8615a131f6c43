"""The request journal: every completion is on disk before anything uses it, so none is paid twice.

SQLite in WAL mode: a commit survives `kill -9`, and several processes may share one file. A key
leaves `max_tokens` out: an answer that ended by itself serves every limit it fits into, one that
was cut serves its own limit only; where a model's `extra` sets the limit, any serves. What answers
that were lost may have cost is kept as well: a budget counts them in later runs too.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from filelock import FileLock

from tutelage.accounting.ledger import Payment, Usage, payment
from tutelage.core.digests import digest
from tutelage.core.disk_errors import writing
from tutelage.core.whole_files import written_whole
from tutelage.models.chat import Completion, Request, Sampling
from tutelage.models.reasoning import tell_apart

JOURNAL = "journal.sqlite"
"""The file's name: in a store, or in the folder of a stage that is used alone."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT NOT NULL, max_tokens INTEGER NOT NULL, model TEXT NOT NULL, messages TEXT NOT NULL,
    sampling TEXT NOT NULL, text TEXT NOT NULL, finish_reason TEXT NOT NULL, usage TEXT NOT NULL,
    created REAL NOT NULL, reasoning TEXT, error TEXT, UNIQUE (key, max_tokens)
);
CREATE TABLE IF NOT EXISTS losses (
    key TEXT NOT NULL, model TEXT NOT NULL, usage TEXT NOT NULL, created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS losses_by_key ON losses (key);
"""
_ADDED = ("reasoning", "error")
"""Columns that older journals lack; there reasoning is still in the text."""
_LIMITS = ("max_tokens", "reasoning_tokens")
_SAMPLING = tuple(field.name for field in fields(Sampling) if field.name not in _LIMITS)
_COLUMNS = (
    "key, max_tokens, model, messages, sampling, text, finish_reason, usage, created, "
    "reasoning, error"
)
_VALUES = f"INTO completions ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"
_INSERT = f"INSERT OR REPLACE {_VALUES}"
JournalRow = tuple[str | int | float | None, ...]
"""What the journal keeps of an answer: its columns in their order."""
_KEYS_AT_ONCE = 64
_to_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: dumps makes one for every call


class Journal:
    """Completions by key, in one SQLite file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(file.with_name(f"{file.name}.lock")):  # switching to WAL does not wait
                self._db = sqlite3.connect(
                    file, timeout=60, isolation_level=None, check_same_thread=False
                )
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.executescript(_SCHEMA)
                self._add_columns()
        ((self._losses_before,),) = self._db.execute("SELECT IFNULL(MAX(rowid), 0) FROM losses")

    def get(self, key: str, request: Request) -> Completion | None:
        """The stored answer, if it is what `request` would get: whole, or cut at the same limit."""
        return self.find([(key, request)])[0]

    def find(
        self, asked: Sequence[tuple[str, Request]], *, any_limit: bool = False
    ) -> list[Completion | None]:
        """`get` for many at once; `any_limit` where their own limits are not sent."""
        found: dict[str, list[_Stored]] = {}
        for keys in _parts([key for key, _ in asked]):
            for key, *stored in self._db.execute(
                "SELECT key, max_tokens, text, finish_reason, usage, reasoning, error "
                "FROM completions "
                f"WHERE key IN ({_marks(keys)}) ORDER BY key, max_tokens",
                keys,
            ):
                found.setdefault(key, []).append(tuple(stored))
        return [
            _fitting(found.get(key, ()), key, request, any_limit=any_limit)
            for key, request in asked
        ]

    def put(self, key: str, model: str, completion: Completion) -> None:
        """Store an answer durably."""
        self.put_all(model, [(key, completion)])

    def put_all(self, model: str, answers: Sequence[tuple[str, Completion]]) -> None:
        """Store answers durably, all in one commit."""
        rows = [journal_row(key, model, completion) for key, completion in answers]
        with writing(self.file):
            if len(rows) == 1:
                self._db.execute(_INSERT, rows[0])
            elif rows:
                with self._transaction():
                    self._db.executemany(_INSERT, rows)

    def take(self, rows: Sequence[JournalRow]) -> None:
        """Store answers that another process wrote down; those that are here already stay."""
        with writing(self.file), self._transaction():
            self._db.executemany(f"INSERT OR IGNORE {_VALUES}", rows)

    def lose(self, key: str, model: str, usage: Usage) -> None:
        """Keep what a lost answer came to at most."""
        values = (key, model, _to_json(usage.to_json()), time.time())
        with writing(self.file):
            self._db.execute("INSERT INTO losses VALUES (?, ?, ?, ?)", values)

    def lost_before(self, keys: Sequence[str]) -> dict[str, Usage]:
        """By key: what answers lost before this journal was opened came to at most."""
        lost: dict[str, Usage] = {}
        if not self._losses_before:
            return lost
        for some in _parts(keys):
            for key, usage in self._db.execute(
                "SELECT key, usage FROM losses "
                f"WHERE rowid <= {self._losses_before} AND key IN ({_marks(some)})",
                some,
            ):
                lost[key] = lost.get(key, Usage()) + Usage.from_json(json.loads(usage))
        return lost

    def _add_columns(self) -> None:
        """What was journalled before answers had these columns stays, and is found."""
        there = {column[1] for column in self._db.execute("PRAGMA table_info(completions)")}
        for name in _ADDED:
            if name not in there:
                self._db.execute(f"ALTER TABLE completions ADD COLUMN {name} TEXT")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # SQLite itself ends one that found the disk full
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def show(self, key: str) -> dict[str, Any] | None:
        """Everything known of one completion, the longest where a key has several."""
        for entry in self._select("WHERE key = ? ORDER BY max_tokens DESC", key):
            return entry
        return None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every completion, oldest first."""
        yield from self._select("ORDER BY rowid")

    def models(self) -> dict[str, int]:
        """How many completions there are of each model, by its identity."""
        return dict(self._db.execute("SELECT model, COUNT(*) FROM completions GROUP BY model"))

    def export(
        self,
        file: Path,
        references: Mapping[str, str] | None = None,
        only: Collection[Payment] | None = None,
    ) -> int:
        """Write every completion as a line of JSON, oldest first; says how many.

        `references` tell what the identities in `model` stand for; lines name it as `reference`.
        `only` picks those that were paid as one of these.
        """
        with writing(file):
            return self._export(file, references or {}, only)

    def _export(
        self, file: Path, references: Mapping[str, str], only: Collection[Payment] | None
    ) -> int:
        count = 0
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as temporary, temporary.open("w", encoding="utf-8") as lines:
            for entry in self.entries():
                paid = payment(entry["key"], Usage.from_json(entry["usage"]))
                if only is not None and paid not in only:
                    continue
                entry |= {"reference": references.get(entry["model"])}
                lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
                count += 1
        return count

    def prune(self, *, before: float | None = None, model: str | None = None) -> int:
        """Delete completions made before a time (Unix seconds), of a model's identity, or both."""
        rule = "(?1 IS NULL OR created < ?1) AND (?2 IS NULL OR model = ?2)"
        with writing(self.file):
            deleted = self._db.execute(f"DELETE FROM completions WHERE {rule}", (before, model))
            self._db.execute(f"DELETE FROM losses WHERE {rule}", (before, model))
        with suppress(sqlite3.OperationalError):  # a run holds the file: it will use the room again
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted.rowcount

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _select(self, tail: str, *values: str) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(f"SELECT * FROM completions {tail}", values)
        names = [column[0] for column in cursor.description]
        for values_found in cursor:
            entry = dict(zip(names, values_found, strict=True))
            for name in ("messages", "sampling", "usage"):
                entry[name] = json.loads(entry[name])
            yield entry


def journal_key(model: str, request: Request) -> str:
    """The key of a request to a model: identity, messages, sampling without its token limits, and
    tools where it may call any."""
    return digest(model, request.messages, _sampling(request.sampling), *_tools(request))


_Stored = tuple[Any, ...]
"""All tokens that were allowed, text, finish_reason, usage as JSON, reasoning, error."""


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE))


def _marks(keys: Sequence[str]) -> str:
    return ",".join("?" * len(keys))


def _fitting(
    stored: Iterable[_Stored], key: str, request: Request, *, any_limit: bool
) -> Completion | None:
    limit = request.sampling.limit
    for max_tokens, text, finish_reason, usage_text, reasoning, error in stored:
        usage = Usage.from_json(json.loads(usage_text))
        # Servers may count reasoning that no limit holds for.
        complete = finish_reason != "length" and min(usage.output_tokens, max_tokens) <= limit
        if any_limit or complete or max_tokens == limit:
            found = Completion(
                request,
                text,
                finish_reason,
                usage,
                error=error,
                key=key,
                cached=True,
                reasoning=reasoning or "",
            )
            return found if reasoning is not None else tell_apart(found)
    return None


def journal_row(key: str, model: str, completion: Completion) -> JournalRow:
    """What the journal keeps of an answer."""
    request = completion.request
    return (
        key,
        request.sampling.limit,
        model,
        _to_json(request.messages),
        _to_json(_sampling(request.sampling) | ({"tools": request.tools} if request.tools else {})),
        completion.text,
        completion.finish_reason,
        _to_json(completion.usage.to_json()),
        time.time(),
        completion.reasoning,
        completion.error,
    )


def answer_in(row: JournalRow, request: Request) -> Completion:
    """The answer to a request that `journal_row` has put in this form."""
    values: tuple[Any, ...] = row
    usage = Usage.from_json(json.loads(values[7]))
    return Completion(
        *(request, values[5], values[6], usage),
        error=values[10],
        key=values[0],
        reasoning=values[9] or "",
        stated_usd=usage.usd,
    )


def _tools(request: Request) -> list[Any]:
    """What tools add to a key: nothing without any, as keys were before there were tools."""
    return [request.tools] if request.tools else []


def _sampling(sampling: Sampling) -> dict[str, Any]:
    return {name: getattr(sampling, name) for name in _SAMPLING}
