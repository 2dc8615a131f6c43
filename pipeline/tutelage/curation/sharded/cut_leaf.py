"""A leaf that is too big for one worker, compared in pieces: the same verdicts in bounded memory.

What is compared of its texts are arrays on disk (`leaf_pieces`). Workers find the pairs that are
alike, one band of the signatures at a time, and compare them exactly, some texts at a time. Then
one of them goes through the rows in order, as each verdict depends on which earlier rows are kept:
it holds a few numbers of each row, and the pairs of some rows at a time. Several such leaves take
each step together.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from tutelage.contract.workers import Receipt
from tutelage.curation.duplicates.task_opening import opening_of
from tutelage.curation.filters.duplicates import NearDuplicate
from tutelage.curation.sharded import leaf_pairs
from tutelage.curation.sharded.filter_job import FilterJob, Judge
from tutelage.curation.sharded.leaf_matches import match_rows, note_drops
from tutelage.curation.sharded.leaf_on_disk import CutLeaf
from tutelage.curation.sharded.leaf_pairs import band_count, compare_band, compare_pairs, key_parts
from tutelage.curation.sharded.leaf_pieces import (
    ask_piece,
    count_piece,
    sketch_piece,
    stack_pieces,
)

All = Callable[[Any, FilterJob, Sequence[Any]], list[Receipt]]
"""Has all parts of a task done."""


def can_be_cut(judge: Judge) -> bool:
    """Whether a filter can compare a leaf in pieces; one that a user made of it may differ."""
    return type(judge) is NearDuplicate


def compare_in_pieces(do_all: All, job: FilterJob, leaves: Sequence[CutLeaf]) -> None:
    """Put the rows of leaves through a filter, all leaves side by side, and note what it drops."""
    pieces = [(leaf, n) for leaf in leaves for n in range(len(leaf.sources(job)))]
    openings = _openings(do_all, job, pieces)
    do_all(sketch_piece, job, [(leaf, n, openings[leaf]) for leaf, n in pieces])
    made = do_all(stack_pieces, job, leaves)
    for leaf in leaves:  # all of it is in the stacked arrays now
        shutil.rmtree(leaf.place(job, "sketches"), ignore_errors=True)
    texts = {leaf: line["texts"] for leaf, line in zip(leaves, made, strict=True)}
    last: dict[CutLeaf, int] = {}
    waiting = list(leaves)
    for time in count():
        by_band = [
            (leaf, time, band, part)
            for leaf in waiting
            for band in range(band_count(job, leaf))
            for part in range(key_parts(texts[leaf]))
        ]
        compared = zip(by_band, do_all(compare_band, job, by_band), strict=True)
        crowded = {leaf for (leaf, *_), line in compared if line["crowded"]}
        step = leaf_pairs.TEXTS_AT_ONCE
        starts = [(leaf, time, n) for leaf in waiting for n in range(0, texts[leaf], step)]
        do_all(compare_pairs, job, starts)
        matches = do_all(match_rows, job, [(leaf, time) for leaf in waiting])
        last |= dict.fromkeys(waiting, time)
        # Where a band is crowded, some texts were compared with dropped ones only: once more.
        dropping = {one for one, line in zip(waiting, matches, strict=True) if line["dropped"]}
        waiting = [leaf for leaf in waiting if leaf in crowded & dropping]
        if not waiting:
            break
    shards = range(len(job.given))
    do_all(note_drops, job, [(leaf, last[leaf], n) for leaf in leaves for n in shards])
    for leaf in leaves:  # gone already where a build that was ended here is taken up again
        shutil.rmtree(leaf.place(job), ignore_errors=True)


def _openings(
    do_all: All, job: FilterJob, pieces: Sequence[tuple[CutLeaf, int]]
) -> dict[CutLeaf, str]:
    """The wording that all questions of a leaf begin with, by leaf."""
    runs: dict[CutLeaf, set[str]] = {}
    rows: Counter[CutLeaf] = Counter()
    for (leaf, _), line in zip(pieces, do_all(ask_piece, job, pieces), strict=True):
        runs.setdefault(leaf, set()).update(line["runs"])
        rows[leaf] += line["rows"]
    ordered = {leaf: sorted(found) for leaf, found in runs.items()}
    sharing = [(leaf, n, ordered[leaf]) for leaf, n in pieces if ordered[leaf]]
    counts: dict[CutLeaf, list[Any]] = {leaf: [] for leaf in ordered}
    for (leaf, *_), line in zip(sharing, do_all(count_piece, job, sharing), strict=True):
        counts[leaf].append(line["counts"])
    return {
        leaf: opening_of(
            ordered[leaf],
            [[sum(n) for n in zip(*of_run, strict=True)] for of_run in zip(*found, strict=True)],
            rows[leaf],
        )
        for leaf, found in counts.items()
    }
