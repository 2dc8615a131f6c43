"""Rows on disk: folders of Parquet shards, 20,000 rows each in their order, read as streams.

The bounds of shards and their bytes follow from the rows alone, whoever writes them and with how
many processes. All shards of a folder have one schema, so other programs open them as one table.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tutelage.core.digests import digest, digest_file
from tutelage.core.disk_errors import writing
from tutelage.core.errors import RowsError
from tutelage.core.parquet_rows import Row, rows_of, table_of, write_table
from tutelage.core.table_shapes import TableShape, merge_shapes, shape_of

SHARD_ROWS = 20_000
"""Rows of every shard but the last."""
_BATCH = 2_000


def shard_name(number: int) -> str:
    """The file name of a shard."""
    return f"{number:05d}.parquet"


def shard_files(folder: Path, name: str) -> list[Path]:
    """The files of a stage's `kept` or `rejected` rows in order; none where it has no such rows.

    Older stages have a single file, `kept.parquet`.
    """
    if (folder / name).is_dir():
        return sorted((folder / name).glob("[0-9]*.parquet"))
    file = folder / f"{name}.parquet"
    return [file] if file.exists() else []


def holds_rows(folder: Path) -> bool:
    """Whether a folder is what a stage with rows has written."""
    return bool(shard_files(folder, "kept"))


def count_rows(files: Iterable[Path]) -> int:
    """How many rows some files have, from their footers alone."""
    import pyarrow.parquet as pq

    return sum(int(pq.read_metadata(file).num_rows) for file in files)


def write_shards(rows: Iterable[Row], folder: Path, name: str) -> list[Path]:
    """Write rows as the shards of `name`, the earlier ones replaced; returns the files.

    Rows are taken as they come and only one shard of them is held. No rows make one empty shard.
    """
    writer = ShardWriter(folder, name)
    writer.add(rows)
    return writer.close()


class ShardWriter:
    """Writes the shards of `name` as rows come, the earlier ones replaced; it holds one of them."""

    def __init__(self, folder: Path, name: str) -> None:
        clear_shards(folder, name)
        self._place = folder / name
        with writing(self._place):
            self._place.mkdir(parents=True)
        self._waiting: list[Row] = []
        self._files: list[Path] = []
        self._shapes: list[TableShape] = []

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        coming = iter(rows)
        while part := list(islice(coming, SHARD_ROWS - len(self._waiting))):
            self._waiting += part
            if len(self._waiting) == SHARD_ROWS:
                self._write()

    def close(self) -> list[Path]:
        """Write the rest; returns the files. No rows make one empty shard."""
        if self._waiting or not self._files:
            self._write()
        unify_shards(self._files, self._shapes)
        return self._files

    def _write(self) -> None:
        file = self._place / shard_name(len(self._files))
        table = table_of(self._waiting)
        write_table(table, file)
        self._files.append(file)
        self._shapes.append(shape_of(table))
        self._waiting = []


def clear_shards(folder: Path, name: str) -> None:
    """Remove the shards of `name`, and the single file of an older build."""
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / f"{name}.parquet").unlink(missing_ok=True)


def unify_shards(files: Sequence[Path], shapes: Sequence[TableShape]) -> None:
    """Give all shards one schema: those that differ from what holds all of them are rewritten."""
    whole = merge_shapes(shapes)
    for file, shape in zip(files, shapes, strict=True):
        if shape != whole:
            write_table(table_of(read_shard(file), whole), file)


def read_shard(file: Path, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The rows of one file, or some columns of them; raises RowsError where it is not readable."""
    return [row for part in _batches([file], columns) for row in part]


def stream_rows(
    files: Sequence[Path], columns: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of files one by one, with some columns or all; a small batch is held at a time."""
    for part in _batches(files, columns):
        yield from part


def content_of_shards(files: Iterable[Path], folder: Path) -> str:
    """The digest of the digests of shards, by their names."""
    return digest([[file.relative_to(folder).as_posix(), digest_file(file)] for file in files])


def _batches(
    files: Sequence[Path], columns: Sequence[str] | None
) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa

    for file in files:
        try:
            for table in stream_tables(file, columns):
                yield rows_of(table, str(file))
        except (pa.ArrowException, OSError, ValueError) as exc:
            raise RowsError(f"{file}: not a readable Parquet file: {exc}") from exc


def stream_tables(
    file: Path, columns: Sequence[str] | None = None, rows: int = _BATCH
) -> Iterator[Any]:
    """A file's Arrow tables of some rows each; columns that it does not have are left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as source:
        schema = source.schema_arrow
        wanted = None if columns is None else [name for name in columns if name in schema.names]
        for batch in source.iter_batches(rows, columns=wanted):
            yield pa.Table.from_batches([batch]).replace_schema_metadata(schema.metadata)
