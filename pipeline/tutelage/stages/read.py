"""Reading: a file of the user's own rows takes part in a recipe."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows, rows_file
from tutelage.core.config import BesideFile
from tutelage.core.digests import digest_file
from tutelage.core.load_rows import load_rows, name_formats
from tutelage.taxonomy.leaf import Taxonomy


class Read(Stage):
    """Take rows from a .jsonl, .json or .parquet file, or a folder of rows."""

    version: ClassVar[int] = 4

    file: BesideFile
    """Relative to the recipe; its content counts for the key, not its place."""
    format: Literal[
        "auto", "trl", "openai", "sharegpt", "alpaca", "qa", "ultrafeedback", "pairs"
    ] = "auto"
    """What the file is: TRL's columns, OpenAI's messages, ShareGPT, Alpaca, questions and answers,
    UltraFeedback, or pairs of answers; `auto` tells by the columns."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing or has a row of no known format."""
        load_rows(Path(self.file), self.format)

    def identity(self) -> dict[str, Any]:
        """The file counts by its content."""
        file = rows_file(Path(self.file))
        return super().identity() | {"file": digest_file(file)}

    def run(self, context: Context) -> Rows:
        """The rows with `id`, `leaf` and `parents`, and texts as turns."""
        context.progress.say(f"{context.stage}: {name_formats(self.file, self.format)}")
        return Rows(load_rows(Path(self.file), self.format))
