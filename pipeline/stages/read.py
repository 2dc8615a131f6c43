"""Reading: a file of the user's own rows takes part in a recipe."""

from pathlib import Path
from typing import Any

from pipeline.artifacts import Rows, rows_file
from pipeline.config import BesideFile
from pipeline.given import given_rows
from pipeline.stage import Context, Stage
from pipeline.store import digest_files
from pipeline.taxonomy import Taxonomy


class Read(Stage):
    """Take rows in TRL's columns from a .jsonl, .json or .parquet file, or a folder of rows."""

    file: BesideFile
    """Relative to the recipe; its content counts for the key, not its place."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing or has a row without TRL's columns."""
        given_rows(Path(self.file))

    def identity(self) -> dict[str, Any]:
        """The file counts by its content."""
        file = rows_file(Path(self.file))
        return super().identity() | {"file": digest_files([file], file.parent)}

    def run(self, context: Context) -> Rows:
        """The rows with `id`, `leaf` and `parents`, and texts as turns."""
        return Rows(given_rows(Path(self.file)))
