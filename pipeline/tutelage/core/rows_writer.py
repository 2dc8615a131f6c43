"""Writing a stage's rows as they are made: what `Rows.save` would write, without holding them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row, Rows, reason_of, save_card, save_stats
from tutelage.core.row_shards import ShardWriter, clear_shards, content_of_shards
from tutelage.core.stored_rows import StoredRows


class RowsWriter:
    """Writes kept and rejected rows into a folder, in the order in which they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept, self._rejected = ShardWriter(folder, "kept"), ShardWriter(folder, "rejected")
        self._counts: dict[str, dict[str, Any]] = {}

    def keep(self, rows: Sequence[Row]) -> None:
        """Add rows that are kept."""
        self._kept.add(rows)
        for row in rows:
            self._of(row)["kept"] += 1

    def reject(self, rows: Sequence[Row]) -> None:
        """Add rows with their `reason`."""
        self._rejected.add(rows)
        for row in rows:
            self._of(row)["rejected"][reason_of(row)] += 1

    def add(self, made: Rows) -> None:
        """Add the rows of both kinds."""
        self.keep(made.kept)
        self.reject(made.rejected)

    def close(self, stats: dict[str, Any] | None = None) -> StoredRows:
        """Write what is left, the card and the figures."""
        files = self._kept.close()
        if any(counts["rejected"] for counts in self._counts.values()):
            files += self._rejected.close()
        else:
            clear_shards(self._folder, "rejected")
        stored = StoredRows(self._folder, content_of_shards(files, self._folder), self._counts)
        save_card(stored.funnel(), self._folder)
        save_stats(stats or {}, self._folder)
        return stored

    def _of(self, row: Row) -> dict[str, Any]:
        return self._counts.setdefault(row["leaf"], {"kept": 0, "rejected": Counter()})
