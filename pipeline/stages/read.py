"""Reading: a file of the user's own rows takes part in a recipe."""

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

from pipeline.artifacts import Rows, rows_file
from pipeline.config import BesideFile
from pipeline.forecast import Outlook, Seen, Span, Supply, lengths_of
from pipeline.given import given_rows
from pipeline.stage import Context, Stage
from pipeline.store import digest_file
from pipeline.taxonomy import Taxonomy


class Read(Stage):
    """Take rows in TRL's columns from a .jsonl, .json or .parquet file, or a folder of rows."""

    version: ClassVar[int] = 3

    file: BesideFile
    """Relative to the recipe; its content counts for the key, not its place."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing or has a row without TRL's columns."""
        given_rows(Path(self.file))

    def identity(self) -> dict[str, Any]:
        """The file counts by its content."""
        file = rows_file(Path(self.file))
        return super().identity() | {"file": digest_file(file)}

    def forecast(self, seen: Seen) -> Outlook:
        """The rows, which are known."""
        rows = given_rows(Path(self.file))
        counts = Counter(row["leaf"] for row in rows)
        supply = {leaf: Span.exactly(count) for leaf, count in counts.items()}
        return Outlook(Supply(supply, lengths_of(rows)))

    def run(self, context: Context) -> Rows:
        """The rows with `id`, `leaf` and `parents`, and texts as turns."""
        return Rows(given_rows(Path(self.file)))
