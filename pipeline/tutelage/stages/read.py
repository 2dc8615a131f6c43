"""Reading: a file of the user's own rows takes part in a recipe."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.read_shards import read_shards
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.load_rows import (
    RowsFile,
    complete_rows,
    load_rows,
    many_rows_of,
    name_formats,
)
from tutelage.core.row_shards import stream_rows
from tutelage.core.stored_rows import StoredRows
from tutelage.taxonomy.leaf import Taxonomy

_LOOKED_AT = 2_000
"""Rows of very many that are looked at before a run."""


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
        """Raises RowsError for a file that is missing or has a row of no known format.

        Of more rows than a shard has, the first are looked at; the others when they are read.
        """
        if files := many_rows_of(self.file):
            rows = islice(stream_rows(files), _LOOKED_AT)
            complete_rows(rows, str(self.file), self.format)
        else:
            self.known_rows()

    def known_rows(self) -> list[Row]:
        """The rows of the file with `id`, `leaf` and `parents`, and texts as turns."""
        return load_rows(self.file, self.format)

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same where the rows are too many to be held at once."""
        if not (files := many_rows_of(self.file)):
            return None
        return read_shards(files, self.format, context.folder, context.workers)

    def run(self, context: Context) -> Rows:
        """The rows as they are known."""
        context.progress.say(f"{context.stage}: {name_formats(self.file, self.format)}")
        return Rows(self.known_rows())
