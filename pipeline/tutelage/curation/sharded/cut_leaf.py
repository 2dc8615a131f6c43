"""A leaf that is too big for one worker, compared in pieces: the same verdicts in bounded memory.

What is compared of its texts are arrays on disk (`leaf_pieces`). Workers find the pairs that are
alike, one band of the signatures at a time, and compare them exactly, some texts at a time. Then
one of them goes through the rows in order, as each verdict depends on which earlier rows are kept:
it holds numbers of rows and pairs, no texts.
"""

import shutil
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.curation.duplicates.near_pairs import SimilarPairs, near_in_band, similar_pairs
from tutelage.curation.duplicates.shingles import bands
from tutelage.curation.duplicates.sketches import once
from tutelage.curation.duplicates.task_opening import opening_of
from tutelage.curation.duplicates.wording_join import Matches, matched
from tutelage.curation.filters.duplicates import NearDuplicate, likeness
from tutelage.curation.sharded.drops import drop_file, write_drops
from tutelage.curation.sharded.filter_job import FilterJob, Judge
from tutelage.curation.sharded.leaf_on_disk import CutLeaf, packed_on_disk, sketches_on_disk
from tutelage.curation.sharded.leaf_pieces import (
    ask_piece,
    count_piece,
    sketch_piece,
    stack_pieces,
)
from tutelage.curation.sharded.work_arrays import mapped, read_array, save_arrays, stack

All = Callable[[Any, FilterJob, Sequence[Any]], list[Receipt]]
"""Has all parts of a task done."""
_TEXTS_AT_ONCE = 20_000
"""Texts whose similar pairs one worker compares exactly."""
_PAIRS = ("ones", "others", "values")


def can_be_cut(judge: Judge) -> bool:
    """Whether a filter can compare a leaf in pieces; one that a user made of it may differ."""
    return type(judge) is NearDuplicate


def compare_in_pieces(do_all: All, job: FilterJob, leaf: CutLeaf) -> None:
    """Put a leaf's rows through a filter, and note what it drops."""
    pieces = range(len(leaf.sources(job)))
    asked = do_all(ask_piece, job, [(leaf, n) for n in pieces])
    runs = sorted({run for line in asked for run in line["runs"]})
    lines = do_all(count_piece, job, [(leaf, n, runs) for n in pieces]) if runs else []
    counts = [
        [sum(of_piece) for of_piece in zip(*of_run, strict=True)]
        for of_run in zip(*(line["counts"] for line in lines), strict=True)
    ]
    opening = opening_of(runs, counts, sum(line["rows"] for line in asked))
    do_all(sketch_piece, job, [(leaf, n, opening) for n in pieces])
    (made,) = do_all(stack_pieces, job, [leaf])
    ranges = range(0, made["texts"], _TEXTS_AT_ONCE)
    bands_of = range(bands(leaf.judge(job).threshold)[0])
    for time in count():
        compared = do_all(compare_band, job, [(leaf, time, band) for band in bands_of])
        do_all(compare_pairs, job, [(leaf, time, start) for start in ranges])
        (line,) = do_all(match_rows, job, [(leaf, time)])
        # Where a band is crowded, some texts were compared with dropped ones only: once more.
        if not line["dropped"] or not any(one["crowded"] for one in compared):
            break
    do_all(note_drops, job, [(leaf, time, n) for n in range(len(job.given))])
    # Gone already where a build that was ended here is taken up again.
    shutil.rmtree(leaf.place(job), ignore_errors=True)


def compare_band(job: FilterJob, part: tuple[CutLeaf, int, int]) -> Receipt:
    """Note the pairs of texts that one band brings together; `part` is (leaf, time, band)."""
    leaf, time, band = part
    texts, threshold = sketches_on_disk(job, leaf), leaf.judge(job).threshold
    alive, crowded = np.arange(len(texts.signatures)), None
    if time:
        alive = mapped(leaf.place(job, "alive", time), np.int64)
        crowded = mapped(leaf.place(job, "crowded", time - 1, band), np.uint64)
    near, full = near_in_band(texts, band, alive, crowded, threshold)
    stack(leaf.place(job, "near", time, band), [near])
    stack(leaf.place(job, "crowded", time, band), [full])
    return {"crowded": bool(len(full))}


def compare_pairs(job: FilterJob, part: tuple[CutLeaf, int, int]) -> Receipt:
    """Compare pairs of texts exactly, of so many lower texts; `part` is (leaf, time, first)."""
    leaf, time, first = part
    texts, threshold = sketches_on_disk(job, leaf), leaf.judge(job).threshold
    ends = np.array([first, first + _TEXTS_AT_ONCE]) * len(texts.signatures)
    near = [
        mapped(leaf.place(job, "near", time, band), np.int64) for band in range(bands(threshold)[0])
    ]
    pairs = [of_band[slice(*np.searchsorted(of_band, ends))] for of_band in near]
    found = similar_pairs(texts, once(np.concatenate(pairs)), threshold)
    file = leaf.place(job, "similar", time, f"{first:012d}.npz")
    save_arrays(file, **{name: getattr(found, name) for name in _PAIRS})
    return {"pairs": len(found.ones)}


def match_rows(job: FilterJob, part: tuple[CutLeaf, int]) -> Receipt:
    """Say which earlier row each row is like, in their order; `part` is (leaf, time)."""
    leaf, time = part
    same = mapped(leaf.place(job, "same"), np.int64)
    groups = mapped(leaf.place(job, "groups"), np.uint64)
    times = (leaf.place(job, "similar", n).glob("[0-9]*.npz") for n in range(time + 1))
    parts = [file for files in times for file in sorted(files)]
    pairs = SimilarPairs.of(SimilarPairs(*(read_array(file, n) for n in _PAIRS)) for file in parts)
    before = _matches(job, leaf, time - 1) if time else Matches.none(len(same))
    found = matched(before, same, pairs, lambda a, b: bool(groups[a] and groups[a] == groups[b]))
    stack(leaf.place(job, "rows", time), [found.rows])
    stack(leaf.place(job, "values", time), [found.values])
    stack(leaf.place(job, "alive", time + 1), [once(same[found.left()])])
    return {"dropped": len(before.left()) - len(found.left())}


def note_drops(job: FilterJob, part: tuple[CutLeaf, int, int]) -> Receipt:
    """Write which of a shard's rows are dropped, and why; `part` is (leaf, last time, shard)."""
    leaf, time, shard = part
    number = len(job.there) + shard
    rows = slice(*mapped(leaf.place(job, "bounds"), np.int64)[number : number + 2])
    found, titles = _matches(job, leaf, time), packed_on_disk(job, leaf, "titles")
    places = read_array(leaf.piece(job, "asked", number), "places")
    by = job.steps[leaf.step].first
    drops = [
        (place, by, likeness("near_duplicate", value, titles[other]))
        for place, other, value in zip(
            places.tolist(), found.rows[rows].tolist(), found.values[rows].tolist(), strict=True
        )
        if other >= 0
    ]
    write_drops(drop_file(job, leaf.step, leaf.part, shard), drops)
    return {"dropped": len(drops)}


def _matches(job: FilterJob, leaf: CutLeaf, time: int) -> Matches:
    rows = mapped(leaf.place(job, "rows", time), np.int64)
    return Matches(rows, mapped(leaf.place(job, "values", time), np.float64))
