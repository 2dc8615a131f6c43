"""The rows of a leaf that is compared in pieces, gone through in their order: which are dropped."""

from collections.abc import Iterator

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.curation.duplicates.wording_join import KeptRows, Matches, matched
from tutelage.curation.filters.duplicates import likeness
from tutelage.curation.sharded.drops import drop_file, write_drops
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.curation.sharded.leaf_on_disk import CutLeaf, packed_on_disk, sketches_on_disk
from tutelage.curation.sharded.leaf_pairs import pairs_found
from tutelage.curation.sharded.work_arrays import (
    Array,
    DiskArray,
    Flags,
    columns_of,
    read_array,
    record,
    stack,
)

_ROWS_AT_ONCE = 200_000
"""Rows whose pairs are held while they are gone through."""
_MATCH = np.dtype([("row", np.int64), ("value", np.float64)])


def match_rows(job: FilterJob, part: tuple[CutLeaf, int]) -> Receipt:
    """Say which earlier row each row is like, in their order; `part` is (leaf, time)."""
    leaf, time = part
    same = DiskArray(leaf.place(job, "same"), np.int64)
    groups = DiskArray(leaf.place(job, "groups"), np.uint64)[:]
    alive = np.zeros(len(sketches_on_disk(job, leaf).signatures), bool)
    kept, left = KeptRows.of(_repeated(same, len(alive))), [0, 0]

    def spared(one: int, other: int) -> bool:
        return bool(groups[one] and groups[one] == groups[other])

    def blocks() -> Iterator[Array]:
        for start in range(0, len(same), _ROWS_AT_ONCE):
            block = slice(start, start + _ROWS_AT_ONCE)
            numbers = same[block]
            before = Matches.none(len(numbers))
            if time:
                before = Matches(
                    *columns_of(DiskArray(leaf.place(job, "rows", time - 1), _MATCH)[block])
                )
            asked = np.zeros(len(alive), bool)
            asked[numbers[before.left()]] = True
            found = matched(
                before, numbers, pairs_found(job, leaf, time, asked), kept, spared, start
            )
            alive[numbers[found.left()]] = True
            left[0] += len(before.left())
            left[1] += len(found.left())
            yield record(_MATCH, found.rows, found.values)

    stack(leaf.place(job, "rows", time), blocks())
    stack(leaf.place(job, "alive", time + 1), [alive])
    return {"dropped": left[0] - left[1]}


def note_drops(job: FilterJob, part: tuple[CutLeaf, int, int]) -> Receipt:
    """Write which of a shard's rows are dropped, and why; `part` is (leaf, last time, shard)."""
    leaf, time, shard = part
    number = len(job.there) + shard
    rows = slice(*DiskArray(leaf.place(job, "bounds"), np.int64)[number : number + 2])
    others, values = columns_of(DiskArray(leaf.place(job, "rows", time), _MATCH)[rows])
    dropped = np.flatnonzero(others >= 0)
    places = read_array(leaf.piece(job, "asked", number), "places")[dropped]
    titles = packed_on_disk(job, leaf, "titles").some(others[dropped])
    by = job.steps[leaf.step].first
    drops = [
        (place, by, likeness("near_duplicate", value, title))
        for place, value, title in zip(
            places.tolist(), values[dropped].tolist(), titles, strict=True
        )
    ]
    write_drops(drop_file(job, leaf.step, leaf.part, shard), drops)
    return {"dropped": len(drops)}


def _repeated(same: DiskArray, texts: int) -> Flags:
    """By text: whether several rows have it."""
    seen, found = np.zeros(texts, bool), np.zeros(texts, bool)
    for start in range(0, len(same), _ROWS_AT_ONCE):
        numbers, times = np.unique(same[start : start + _ROWS_AT_ONCE], return_counts=True)
        found[numbers[(times > 1) | seen[numbers]]] = True
        seen[numbers] = True
    return found
