"""Writing what was kept and rejected as shards of equal length, in the order of the rows given."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.core.digests import digest_file
from tutelage.core.parquet_rows import rows_of, table_of, with_json_columns, write_table
from tutelage.core.row_shards import shard_name
from tutelage.core.table_shapes import TableShape, shape_of
from tutelage.curation.sharded.drops import KEPT, Dropped
from tutelage.curation.sharded.filter_job import FilterJob, passed_verdicts, read_table
from tutelage.curation.sharded.shard_counts import ends_of

_VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True)
class OutputShard:
    """A file to write, and where its rows come from: (shard given, first, end) of those kept
    there, or of those rejected there."""

    state: str
    file: Path
    sources: tuple[tuple[int, int, int], ...]


def output_shards(
    folder: Path, state: str, counts: Sequence[int], rows: int
) -> Iterator[OutputShard]:
    """The files of `rows` rows each that hold what is kept, or rejected, of each shard given."""
    starts = [*accumulate(counts, initial=0)]
    for number, first in enumerate(range(0, starts[-1], rows)):
        end = min(first + rows, starts[-1])
        sources = tuple(
            (which, max(first - start, 0), min(end - start, count))
            for which, (start, count) in enumerate(zip(starts, counts, strict=False))
            if start < end and start + count > first
        )
        yield OutputShard(state, folder / state / shard_name(number), sources)


def write_shard(job: FilterJob, part: OutputShard) -> Receipt:
    """Write one file; its digest is returned."""
    import pyarrow as pa

    tables = [_taken(job, part.state, *source) for source in part.sources]
    part.file.parent.mkdir(parents=True, exist_ok=True)
    write_table(pa.concat_tables(tables).combine_chunks(), part.file)
    return {"digest": digest_file(part.file)}


def _taken(job: FilterJob, state: str, which: int, first: int, end: int) -> Any:
    """The rows of one shard given that go into a file, as an Arrow table."""
    shard = job.given[which]
    ends = ends_of(job, shard)
    places = np.flatnonzero((ends.by == KEPT) == (state == "kept"))[first:end]
    table = _shaped(read_table(job, shard).take(places), job.shape, str(shard.file))
    table = _put(table, _VERDICTS, _verdicts(job, table, ends, places.tolist()))
    if state == "rejected":
        table = _put(table, "reason", [ends.reasons[place] for place in places.tolist()])
    return with_json_columns(table, dict.fromkeys((*job.shape.as_json, _VERDICTS)))


def _shaped(table: Any, shape: TableShape, where: str) -> Any:
    return table if shape_of(table) == shape else table_of(rows_of(table, where), shape)


def _verdicts(job: FilterJob, table: Any, ends: Dropped, places: list[int]) -> list[str]:
    """Each row's verdicts as JSON: those it came with, then those of the filters it met."""
    names = job.names()
    words = [json.dumps(word, ensure_ascii=False) for word in passed_verdicts(names)]
    before = [None] * len(table)
    if _VERDICTS in table.column_names:
        before = table.column(_VERDICTS).to_pylist()
    found = []
    for place, earlier in zip(places, before, strict=True):
        by = int(ends.by[place])
        own = words if by == KEPT else [*words[:by], _refusal(names[by], ends.reasons[place])]
        inner = (earlier or "[]")[1:-1]
        found.append(f"[{', '.join([inner, *own] if inner else own)}]")
    return found


def _refusal(name: str, reason: str) -> str:
    return json.dumps({"by": name, "keep": False, "reason": reason}, ensure_ascii=False)


def _put(table: Any, name: str, texts: list[str]) -> Any:
    """A table with a column of texts, in the place of an earlier one of that name."""
    import pyarrow as pa

    column = pa.array(texts, pa.string())
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)
