"""Filters that compare rows: rows go to partitions, each of which one worker sees whole.

The filter is the same as in one process: what it must see together is in one partition, in the
order of all rows, after the rows that are there already.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.core.artifacts import Row
from tutelage.core.ngrams import Numbers
from tutelage.core.parquet_rows import rows_of
from tutelage.curation.filters.duplicates import normalised_question
from tutelage.curation.filters.filter_chain import verdicts_of
from tutelage.curation.filters.row_filter import RowFilter
from tutelage.curation.sharded.drops import drop_file, drops_before, write_drops, write_work
from tutelage.curation.sharded.filter_job import (
    PLACE,
    FilterJob,
    InputShard,
    passed_verdicts,
    read_table,
)

_KEY_COLUMNS = ("prompt", "messages", "context")


def scatter_shard(job: FilterJob, part: tuple[int, str, int]) -> Receipt:
    """Sort what is left of a shard into partitions; `part` is (step, `given` or `there`, shard)."""
    number, side, which = part
    shard = job.given[which] if side == "given" else job.there[which]
    name, judge = job.judge(job.steps[number].first)
    columns = judge.columns if isinstance(judge, RowFilter) else None
    table = read_table(job if side == "given" else replace(job, renamed={}), shard, columns)
    left = np.arange(shard.rows)
    if side == "given":
        left = drops_before(job, shard, number).left()
        table = table.take(left)
    scatter(
        table,
        shard.start + left,
        _parts(job, number, table, shard),
        job.partitions[number],
        scattered(job, number, side, which),
    )
    return {"left": len(left), "filter": name}


def scatter(table: Any, places: Numbers, parts: Numbers, count: int, file: Path) -> None:
    """Write a table's rows as `count` batches, those of each part together, with their places.

    Rows of part -1 are left out.
    """
    import pyarrow as pa

    table = table.append_column(PLACE, pa.array(places, pa.int64()))
    order = np.argsort(parts, kind="stable")
    bounds = np.searchsorted(parts[order], np.arange(count + 1))
    table = table.take(order).combine_chunks()
    pieces = [table.slice(a, b - a).to_batches() for a, b in pairwise(bounds)]
    empty = pa.RecordBatch.from_pylist([], table.schema)
    write_work(file, [piece[0] if piece else empty for piece in pieces], table.schema)


def gathered(files: Sequence[Path], part: int) -> tuple[list[int], list[Row]]:
    """The rows of one part of scattered files in order, and their places."""
    import pyarrow as pa

    places: list[int] = []
    rows: list[Row] = []
    for file in files:
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            table = pa.Table.from_batches([reader.get_batch(part)], reader.schema)
            places += table.column(PLACE).to_pylist()
            rows += rows_of(table.drop_columns([PLACE]), str(file))
    return places, rows


def scattered(job: FilterJob, step: int, side: str, shard: int) -> Path:
    """Where the rows of a shard are, part by part; `side` is `given` or `there`."""
    return job.place("scattered", step, f"{side}-{shard:05d}.arrow")


def compare_partition(job: FilterJob, part: tuple[int, int]) -> Receipt:
    """Put the rows of a partition through a filter that compares; `part` is (step, partition)."""
    number, which = part
    step = job.steps[number]
    _, judge = job.judge(step.first)
    _, there = gathered([scattered(job, number, "there", n) for n in range(len(job.there))], which)
    files = [scattered(job, number, "given", n) for n in range(len(job.given))]
    places, rows = gathered(files, which)
    if not isinstance(judge, RowFilter) or judge.columns is None:
        earlier = passed_verdicts(job.names()[: step.first])
        for row in rows:
            row["verdicts"] = [*(row.get("verdicts") or []), *earlier]
    verdicts = verdicts_of(judge, rows, there, replace(job.scope, there=len(there)))
    drops = [
        (place, step.first, reason)
        for place, reason in zip(places, verdicts, strict=True)
        if reason is not None
    ]
    write_drops(drop_file(job, number, which), drops)
    return {"rows": len(rows), "dropped": len(drops)}


def _parts(job: FilterJob, step: int, table: Any, shard: InputShard) -> Numbers:
    """The partition of each row."""
    count = job.partitions[step]
    match job.steps[step].together:
        case "leaf":
            leaves = table.column("leaf").to_pylist()
            # Leaves of rows that are there alone need no partition.
            return np.array([job.part_of_leaf.get(str(leaf), -1) for leaf in leaves], np.int64)
        case "question":
            wanted = [name for name in _KEY_COLUMNS if name in table.column_names]
            rows = rows_of(table.select(wanted), str(shard.file))
            return np.array([_hashed(normalised_question(row)) % count for row in rows], np.int64)
    return np.zeros(len(table), np.int64)


def _hashed(text: str) -> int:
    coded = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(coded, digest_size=8).digest(), "big")
