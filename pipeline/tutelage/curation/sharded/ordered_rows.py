"""Rows that are too many to be held, written in an order of their own.

What is decided of them needs little of each: its brief. Then each row goes to the shard that it
belongs to, and one shard at a time is written.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tutelage.core import row_shards
from tutelage.core.artifacts import SAID, Row, said
from tutelage.core.digests import digest
from tutelage.core.row_shards import stream_rows
from tutelage.core.rows_writer import RowsWriter
from tutelage.core.stored_rows import StoredRows
from tutelage.curation.sharded.partitions import gathered, scatter

_FROM = "__from"
_CHANGED = ("replayed", "id", "parents", "reason")
"""What a brief may say otherwise than its row does."""


def brief_rows(files: Sequence[Path], start: int, also: Sequence[str] = ()) -> Iterator[Row]:
    """Of each row of files its id, its leaf and some other columns; and as its `text` a digest of
    what it says, so that two briefs say the same where their rows do.

    `start` is the place of the first one among all rows.
    """
    columns = ["id", "leaf", "replayed", *also]
    for place, row in enumerate(stream_rows(files, [*columns, *SAID]), start):
        brief = {name: row[name] for name in columns if row.get(name) is not None}
        leaf = sys.intern(str(row["leaf"]))
        yield brief | {"leaf": leaf, "text": digest(said(row)), _FROM: place}


def write_in_order(
    files: Sequence[Path], kept: Sequence[Row], rejected: Sequence[Row], folder: Path
) -> StoredRows:
    """Write the rows of briefs, in the order of these and with the ids and reasons that they bear.

    `files` are those that the briefs are of, in their order.
    """
    briefs, work = [*kept, *rejected], folder / ".unordered"
    shutil.rmtree(work, ignore_errors=True)
    parts = [np.arange(len(some)) // row_shards.SHARD_ROWS for some in (kept, rejected)]
    of_kept = int(parts[0].max(initial=-1)) + 1
    scattered = _scatter(files, briefs, np.concatenate([parts[0], parts[1] + of_kept]), work)
    made = RowsWriter(folder)
    for part in range(of_kept + int(parts[1].max(initial=-1)) + 1):
        places, rows = gathered(scattered, part)
        order = np.argsort(places).tolist()
        (made.keep if part < of_kept else made.reject)(
            [rows[at] | _changes(briefs[places[at]]) for at in order]
        )
    shutil.rmtree(work)
    return made.close()


def _scatter(
    files: Sequence[Path], briefs: Sequence[Row], parts: np.ndarray, work: Path
) -> list[Path]:
    """Sort the rows of each file by the shard that they go to; returns the work files."""
    import pyarrow.parquet as pq

    wanted = np.array([brief[_FROM] for brief in briefs], np.int64)
    found, start = [], 0
    for number, file in enumerate(files):
        table = pq.ParquetFile(file).read()
        table = table.replace_schema_metadata(pq.read_schema(file).metadata)
        places = np.flatnonzero((wanted >= start) & (wanted < start + len(table)))
        found.append(work / f"{number:05d}.arrow")
        rows = table.take(wanted[places] - start)
        scatter(rows, places, parts[places], int(parts.max(initial=-1)) + 1, found[-1])
        start += len(table)
    return found


def _changes(brief: Row) -> Row:
    return {name: brief[name] for name in _CHANGED if name in brief}
