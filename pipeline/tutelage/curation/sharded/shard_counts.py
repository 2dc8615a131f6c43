"""What became of a shard's rows in the end: counts for the funnel and for figures of diversity."""

import json
from collections import Counter, defaultdict
from typing import Any

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.core.ngrams import Numbers
from tutelage.curation.diversity.subsample import rank_of
from tutelage.curation.sharded.drops import KEPT, Dropped, drops_before, write_work
from tutelage.curation.sharded.filter_job import FilterJob, InputShard, read_table
from tutelage.curation.sharded.work_arrays import Array


def tally_shard(job: FilterJob, which: int) -> Receipt:
    """Write each row's end and its rank among samples; counts by leaf and filter are returned.

    `dropped` counts rows by leaf and by the number of the filter, KEPT for those that are left.
    """
    shard = job.given[which]
    found = drops_before(job, shard, len(job.steps))
    table = read_table(job, shard, ["id", "leaf", "attributes"])
    leaves = [str(leaf) for leaf in table.column("leaf").to_pylist()]
    ranks = [rank_of(name, job.sample_seed) for name in table.column("id").to_pylist()]
    _write(job, which, found, leaves, ranks)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for place, (leaf, by) in enumerate(zip(leaves, found.by.tolist(), strict=True)):
        counts[leaf][str(by)] += 1
        if by != KEPT:
            reasons[leaf][found.reasons[place].partition(":")[0]] += 1
    kept = int((found.by == KEPT).sum())
    return {
        "kept": kept,
        "rejected": shard.rows - kept,
        "dropped": counts,
        "reasons": reasons,
        "cells": _cells(job, table, leaves, found.by),
    }


def ends_of(job: FilterJob, shard: InputShard) -> Dropped:
    """The end of each row of a shard, as `tally_shard` has written it."""
    table = _read(job, job.given.index(shard))
    by = table.column("by").to_numpy().astype(np.int64)
    reasons = table.column("reason").to_pylist()
    return Dropped(by, {place: reasons[place] for place in np.flatnonzero(by != KEPT).tolist()})


def ranks_of(job: FilterJob, which: int) -> tuple[Array, Array, Any]:
    """By row of a shard: its end, its rank, and its leaf as an Arrow dictionary."""
    table = _read(job, which).combine_chunks()
    by, rank = (table.column(name).to_numpy() for name in ("by", "rank"))
    return by, rank, table.column("leaf").unify_dictionaries().combine_chunks()


def _write(job: FilterJob, which: int, found: Dropped, leaves: list[str], ranks: list[int]) -> None:
    import pyarrow as pa

    table = pa.table(
        {
            "by": pa.array(found.by, pa.int16()),
            "reason": pa.array([found.reasons.get(n) for n in range(len(leaves))], pa.string()),
            "leaf": pa.array(leaves, pa.string()).dictionary_encode(),
            "rank": pa.array(ranks, pa.uint32()),
        }
    )
    write_work(job.place("ends", f"{which:05d}.arrow"), table.to_batches(), table.schema)


def _read(job: FilterJob, which: int) -> Any:
    import pyarrow as pa

    with pa.memory_map(str(job.place("ends", f"{which:05d}.arrow"))) as source:
        return pa.ipc.open_file(source).read_all()


def _cells(
    job: FilterJob, table: Any, leaves: list[str], ends: Numbers
) -> dict[str, dict[str, Counter[str]]]:
    """Of leaves with a grid: their attributes, as JSON, by the filter that dropped such rows."""
    grids = {leaf.path for leaf in job.taxonomy.leaves if leaf.attributes} if job.taxonomy else ()
    if not grids or "attributes" not in table.column_names:
        return {}
    found: dict[str, dict[str, Counter[str]]] = {}
    texts = table.column("attributes").to_pylist()
    for leaf, text, by in zip(leaves, texts, ends.tolist(), strict=True):
        if leaf in grids and text:
            plain = json.dumps(json.loads(text), sort_keys=True) if isinstance(text, str) else ""
            if plain not in ("", "{}"):
                found.setdefault(leaf, {}).setdefault(plain, Counter())[str(by)] += 1
    return found
