"""Reading: a file of the user's own rows takes part in a recipe."""

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

from tutelage.contract.context import Context
from tutelage.contract.forecast import (
    Estimate,
    Measurements,
    RowEstimate,
    StageForecast,
    lengths_of,
)
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows, rows_file
from tutelage.core.config import BesideFile
from tutelage.core.digests import digest_file
from tutelage.core.load_rows import load_rows
from tutelage.taxonomy.leaf import Taxonomy


class Read(Stage):
    """Take rows in TRL's columns from a .jsonl, .json or .parquet file, or a folder of rows."""

    version: ClassVar[int] = 3

    file: BesideFile
    """Relative to the recipe; its content counts for the key, not its place."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing or has a row without TRL's columns."""
        load_rows(Path(self.file))

    def identity(self) -> dict[str, Any]:
        """The file counts by its content."""
        file = rows_file(Path(self.file))
        return super().identity() | {"file": digest_file(file)}

    def forecast(self, seen: Measurements) -> StageForecast:
        """The rows, which are known."""
        rows = load_rows(Path(self.file))
        counts = Counter(row["leaf"] for row in rows)
        supply = {leaf: Estimate.exactly(count) for leaf, count in counts.items()}
        return StageForecast(RowEstimate(supply, lengths_of(rows)))

    def run(self, context: Context) -> Rows:
        """The rows with `id`, `leaf` and `parents`, and texts as turns."""
        return Rows(load_rows(Path(self.file)))
