"""The figures of diversity of very many rows, from the same samples as of few, leaf by leaf."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.core.artifacts import Row
from tutelage.core.ngrams import Numbers
from tutelage.curation.diversity.diversity_figures import EVERYWHERE, MANY, leaf_figures
from tutelage.curation.diversity.sampled_rows import SampledRows
from tutelage.curation.diversity.subsample import subsample
from tutelage.curation.sharded.drops import KEPT
from tutelage.curation.sharded.filter_job import FilterJob, read_table
from tutelage.curation.sharded.partitions import gathered, scatter
from tutelage.curation.sharded.shard_counts import ranks_of
from tutelage.curation.sharded.work_arrays import Array, Flags

_TOGETHER = 8_000
"""Sampled rows of the leaves whose figures one worker takes at once."""
_LOOKED_AT = 300_000
"""Rows that are looked at at once to choose samples."""
Cells = Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets that figures are taken of: by name, the number of the last filter passed."""

    passed: Mapping[str, int]
    """-1 before any filter."""
    counts: Mapping[str, Mapping[str, int]]
    """By leaf: how many rows each filter dropped, as `tally_shard` counts."""
    cells: Cells
    groups: Sequence[Sequence[str]]
    """The leaves that one worker takes; the first group is all rows together."""
    embedder: str

    def total(self, leaf: str, when: str) -> int:
        """How many rows of a leaf are in a set."""
        return _sum(self.counts[leaf], self.passed[when])


def sets_of(
    names: Sequence[str], counts: Mapping[str, Mapping[str, int]], cells: Cells, embedder: str
) -> Sets:
    """`before`, after each filter that dropped rows, and `after`."""
    dropping = {int(by) for found in counts.values() for by, n in found.items() if n and by != "-1"}
    passed = {"before": -1}
    passed |= {f"after {names[by]}": by for by in sorted(dropping)}
    passed["after"] = len(names)
    groups: list[list[str]] = [[EVERYWHERE], []]
    held = 0
    for leaf in sorted(counts):
        held += min(MANY, sum(counts[leaf].values()))
        if groups[-1] and held > _TOGETHER:
            groups.append([])
            held = min(MANY, sum(counts[leaf].values()))
        groups[-1].append(leaf)
    return Sets(passed, counts, cells, groups, embedder)


def choose_samples(job: FilterJob, sets: Sets) -> None:
    """Write the places of the rows that some figure is taken of: of all leaves, and of each.

    Rows are looked at some at a time, beside those chosen so far.
    """
    code = {leaf: number for number, leaf in enumerate(sets.counts)}
    held: list[Columns] = []
    many = 0
    for which, shard in enumerate(job.given):
        by, rank, leaf = ranks_of(job, which)
        codes = np.array([code[name] for name in leaf.dictionary.to_pylist()], np.int32)
        places = np.arange(shard.start, shard.end)
        held.append((places, by, rank, codes[leaf.indices.to_numpy()]))
        many += len(places)
        if many >= _LOOKED_AT:
            columns, everywhere, own = _chosen(held, sets, len(code))
            held, many = [_some(columns, everywhere | own)], 0
    columns, everywhere, own = _chosen(held, sets, len(code))
    job.place("samples").mkdir(exist_ok=True)
    np.save(job.place("samples", "everywhere.npy"), columns[0][everywhere])
    np.save(job.place("samples", "own.npy"), columns[0][own])


Columns = tuple[Array, Array, Array, Array]
"""Of rows: their places in order, how they ended, their ranks, the numbers of their leaves."""


def _chosen(parts: list[Columns], sets: Sets, leaves: int) -> tuple[Columns, Flags, Flags]:
    """Rows, and which of them some figure is taken of: of all leaves, of their own."""
    columns = tuple(np.concatenate(column) for column in zip(*parts, strict=True))
    every, ends, ranks, codes = columns
    everywhere, own = np.zeros(len(every), bool), np.zeros(len(every), bool)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(leaves + 1))
    for passed in sets.passed.values():
        there = (ends == KEPT) | (ends > passed)
        everywhere[_lowest(ranks, there)] = True
        for first, end in pairwise(bounds):
            places = order[first:end]
            own[places[_lowest(ranks[places], there[places])]] = True
    return (every, ends, ranks, codes), everywhere, own


def _some(columns: Columns, which: Flags) -> Columns:
    every, ends, ranks, codes = columns
    return every[which], ends[which], ranks[which], codes[which]


def scatter_samples(job: FilterJob, part: tuple[Sets, int]) -> Receipt:
    """Sort a shard's sampled rows by the group of leaves whose figures they are for."""
    import pyarrow as pa

    sets, which = part
    shard = job.given[which]
    group = {leaf: number for number, leaves in enumerate(sets.groups) for leaf in leaves}
    places, parts = [], []
    table = read_table(job, shard)
    leaves = table.column("leaf").to_pylist()
    for name in ("everywhere", "own"):
        every = np.load(job.place("samples", f"{name}.npy"), mmap_mode="r")
        first, end = np.searchsorted(every, [shard.start, shard.end])
        inside = np.asarray(every[first:end]) - shard.start
        places.append(inside)
        own = [group[str(leaves[place])] if name == "own" else 0 for place in inside.tolist()]
        parts.append(np.array(own, np.int64))
    chosen = np.concatenate(places).astype(np.int64)
    by, _, _ = ranks_of(job, which)
    table = table.take(chosen).append_column(_END, pa.array(by[chosen], pa.int64()))
    at = (chosen + shard.start).astype(np.int64)
    scatter(table, at, np.concatenate(parts), len(sets.groups), _file(job, which))
    return {}


def figures_of(job: FilterJob, part: tuple[Sets, int]) -> Receipt:
    """The figures of a group of leaves."""
    sets, which = part
    _, rows = gathered([_file(job, number) for number in range(len(job.given))], which)
    found = []
    for leaf in sets.groups[which]:
        own = rows if leaf == EVERYWHERE else [row for row in rows if row["leaf"] == leaf]
        measured = {when: _sampled(job, sets, leaf, when, own) for when in sets.passed}
        found += leaf_figures(leaf, measured, job.taxonomy, sets.embedder, job.sample_seed)
    return {"figures": found}


_END = "__end"


def _file(job: FilterJob, shard: int) -> Path:
    return job.place("samples", f"{shard:05d}.arrow")


def _sampled(job: FilterJob, sets: Sets, leaf: str, when: str, rows: Iterable[Row]) -> SampledRows:
    """A set's rows of one leaf, or of all, by the sample."""
    passed = sets.passed[when]
    there = [row for row in rows if row[_END] == KEPT or row[_END] > passed]
    leaves = {name: sets.total(name, when) for name in sets.counts}
    total = sum(leaves.values()) if leaf == EVERYWHERE else leaves[leaf]
    cells = [
        (json.loads(cell), _sum(ends, passed)) for cell, ends in sets.cells.get(leaf, {}).items()
    ]
    return SampledRows(subsample(there, MANY, job.sample_seed), total, leaves, cells)


def _sum(ends: Mapping[str, int], passed: int) -> int:
    """How many of the rows that ended so have passed a filter."""
    return sum(n for by, n in ends.items() if int(by) == KEPT or int(by) > passed)


def _lowest(ranks: Array, there: Flags) -> Numbers:
    """The places of those there that have the lowest ranks, MANY at most; the first of equal
    ones."""
    if there.sum() > MANY:
        there = there & (ranks <= np.partition(ranks[there], MANY - 1)[MANY - 1])
    places = np.flatnonzero(there)
    return places[np.lexsort((places, ranks[places]))[:MANY]]
