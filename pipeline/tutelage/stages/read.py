"""Reading: a file of the user's own rows takes part in a recipe."""

from typing import ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.load_rows import RowsFile, load_rows, name_formats
from tutelage.taxonomy.leaf import Taxonomy


class Read(Stage):
    """Take rows from a .jsonl, .json or .parquet file, or a folder of rows."""

    version: ClassVar[int] = 4

    file: RowsFile
    """Relative to the recipe; its content counts for the key, not its place."""
    format: Literal[
        "auto", "trl", "openai", "sharegpt", "alpaca", "qa", "ultrafeedback", "pairs"
    ] = "auto"
    """What the file is: TRL's columns, OpenAI's messages, ShareGPT, Alpaca, questions and answers,
    UltraFeedback, or pairs of answers; `auto` tells by the columns."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing or has a row of no known format."""
        self.known_rows()

    def known_rows(self) -> list[Row]:
        """The rows of the file with `id`, `leaf` and `parents`, and texts as turns."""
        return load_rows(self.file, self.format)

    def run(self, context: Context) -> Rows:
        """The rows as they are known."""
        context.progress.say(f"{context.stage}: {name_formats(self.file, self.format)}")
        return Rows(self.known_rows())
