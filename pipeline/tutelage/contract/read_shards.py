"""Reading Parquet of any maker as rows of ours, shard by shard, where rows are many."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from tutelage.contract.workers import Receipt, Workers, receipts, work_folder
from tutelage.core import row_shards
from tutelage.core.artifacts import save_card
from tutelage.core.load_rows import own_rows
from tutelage.core.parquet_rows import rows_of, table_of, write_table
from tutelage.core.repeated_ids import note_ids, renamed
from tutelage.core.row_files import Record
from tutelage.core.row_shards import content_of_shards, count_rows, read_shard, shard_name
from tutelage.core.stored_rows import StoredRows
from tutelage.core.table_shapes import shape_of_file


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A shard to write: of each source file, its first row and the end; `start` counts all rows."""

    file: Path
    start: int
    sources: tuple[tuple[Path, int, int], ...]


def read_shards(files: Sequence[Path], format: str, folder: Path, workers: Workers) -> StoredRows:
    """The rows of files as the shards of a folder, as `load_rows` reads them.

    Raises RowsError with file and row of what is no row.
    """
    parts, work = _parts(files, folder), work_folder(folder, row_shards.SHARD_ROWS)
    (folder / "kept").mkdir(exist_ok=True)
    lines = receipts(workers, read_part, (format, str(work)), parts, work / "read")
    written = [part.file for part in parts]
    _rename(parts, renamed([_noted(work, part.file) for part in parts], written))
    row_shards.unify_shards(written, [shape_of_file(file) for file in written])
    leaves: Counter[str] = Counter()
    for line in lines:
        leaves.update(line["leaves"])
    counts = {leaf: {"kept": count, "rejected": {}} for leaf, count in leaves.items()}
    save_card(counts, folder)
    shutil.rmtree(work)
    return StoredRows(folder, content_of_shards(written, folder), counts)


def read_part(shared: tuple[str, str], part: ReadPart) -> Receipt:
    """Read one shard's rows and write them; ids are noted, to find repeated ones."""
    format, work = shared
    records = [*chain.from_iterable(_records(*source) for source in part.sources)]
    rows = own_rows(records, format, part.start)
    write_table(table_of(rows), part.file)
    note_ids((row["id"] for row in rows), _noted(Path(work), part.file))
    return {"leaves": Counter(row["leaf"] for row in rows)}


def _parts(files: Sequence[Path], folder: Path) -> list[ReadPart]:
    sizes = [count_rows([file]) for file in files]
    starts = [*accumulate(sizes, initial=0)]
    found = []
    for number, first in enumerate(range(0, starts[-1], row_shards.SHARD_ROWS)):
        end = min(first + row_shards.SHARD_ROWS, starts[-1])
        sources = tuple(
            (file, max(first - start, 0), min(end - start, size))
            for file, start, size in zip(files, starts, sizes, strict=False)
            if start < end and start + size > first
        )
        found.append(ReadPart(folder / "kept" / shard_name(number), first, sources))
    return found


def _records(file: Path, first: int, end: int) -> list[Record]:
    """The records of a file from one row to another; only their row groups are read."""
    import pyarrow.parquet as pq

    found: list[Record] = []
    with pq.ParquetFile(file) as source:
        start = 0
        for group in range(source.metadata.num_row_groups):
            size = source.metadata.row_group(group).num_rows
            low, high = max(first - start, 0), min(end - start, size)
            if low < high:
                table = source.read_row_group(group).slice(low, high - low)
                table = table.replace_schema_metadata(source.schema_arrow.metadata)
                rows: list[dict[str, Any]] = rows_of(table, str(file))
                numbers = range(start + low + 1, start + high + 1)
                found += [(f"{file}: row {n}", row) for n, row in zip(numbers, rows, strict=True)]
            start += size
    return found


def _rename(parts: Sequence[ReadPart], new: dict[int, str]) -> None:
    """Give rows whose id an earlier one bears an id of their own."""
    for part in parts if new else ():
        rows = read_shard(part.file)
        places = (place for place in range(len(rows)) if part.start + place in new)
        named = {place: new[part.start + place] for place in places}
        for place, name in named.items():
            rows[place]["id"] = name
        if named:
            write_table(table_of(rows), part.file)


def _noted(work: Path, file: Path) -> Path:
    return work / f"{file.stem}.npy"
