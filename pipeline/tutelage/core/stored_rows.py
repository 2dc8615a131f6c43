"""Rows that stay on disk: what a stage of many rows is given, and what it returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.core.row_shards import count_rows, shard_files, stream_rows


@dataclass(frozen=True, slots=True)
class StoredRows:
    """A folder of rows, of which nothing is read until it is looked at."""

    kind: ClassVar[str] = "rows"
    folder: Path
    content: str = ""
    """The digest of its shards."""
    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By leaf: {"kept": n, "rejected": {reason: n}}."""

    def files(self, state: str = "kept") -> list[Path]:
        """The shards of its `kept` or `rejected` rows."""
        return shard_files(self.folder, state)

    def size(self, state: str = "kept") -> int:
        """How many rows it has, from the files' footers."""
        return count_rows(self.files(state))

    def funnel(self) -> dict[str, dict[str, Any]]:
        """By leaf: {"kept": n, "rejected": {reason: n}}."""
        return {leaf: dict(self.counts[leaf]) for leaf in sorted(self.counts)}

    def parts(self) -> Iterator[list[Row]]:
        """The kept rows, as many at a time as a shard has."""
        rows = stream_rows(self.files())
        while part := list(islice(rows, row_shards.SHARD_ROWS)):
            yield part

    def save(self, folder: Path) -> str:
        """The rows are written already; returns the content digest."""
        return self.content

    def load(self) -> Rows:
        """The rows, read."""
        return Rows.load(self.folder)


def are_many(parts: Iterable[StoredRows]) -> bool:
    """Whether rows fill more than one shard, so that it pays to work on each by itself."""
    return sum(part.size() for part in parts) > row_shards.SHARD_ROWS
