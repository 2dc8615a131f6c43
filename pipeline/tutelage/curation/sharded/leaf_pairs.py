"""Which texts of a leaf that is compared in pieces are alike, by band or by text."""

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.curation.duplicates.near_pairs import SimilarPairs, near_in_band, similar_pairs
from tutelage.curation.duplicates.shingles import bands
from tutelage.curation.duplicates.sketches import once
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.curation.sharded.leaf_on_disk import CutLeaf, sketches_on_disk
from tutelage.curation.sharded.leaf_pieces import keys_of
from tutelage.curation.sharded.work_arrays import DiskArray, Flags, columns_of, record, stack

TEXTS_AT_ONCE = 20_000
"""Texts whose similar pairs one worker compares exactly."""
_KEYS_AT_ONCE = 400_000
"""Texts that one worker compares by one band: those whose keys leave the same remainder."""
_PAIR = np.dtype([("one", np.int64), ("other", np.int64), ("value", np.float64)])


def band_count(job: FilterJob, leaf: CutLeaf) -> int:
    """Into how many bands the signatures of a leaf's texts are cut."""
    return bands(leaf.judge(job).threshold)[0]


def key_parts(texts: int) -> int:
    """In how many parts so many texts are compared by one band."""
    return max(1, -(-texts // _KEYS_AT_ONCE))


def compare_band(job: FilterJob, part: tuple[CutLeaf, int, int, int]) -> Receipt:
    """Note the pairs of texts that one band brings together; `part` is (leaf, time, band, which of
    the texts)."""
    leaf, time, band, which = part
    texts = sketches_on_disk(job, leaf)
    every = DiskArray(leaf.place(job, keys_of(band)), np.uint64)
    if time:
        alive = DiskArray(leaf.place(job, "alive", time), np.bool_)
        crowded = DiskArray(leaf.place(job, "crowded", time - 1, band, which), np.uint64)[:]
    keys, numbers = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    parts = np.uint64(key_parts(len(every)))
    for start in range(0, len(every), _KEYS_AT_ONCE):
        some = every[start : start + _KEYS_AT_ONCE]
        own = some % parts == which
        if time:
            own &= alive[start : start + _KEYS_AT_ONCE] & np.isin(some, crowded)
        keys.append(some[own])
        numbers.append(start + np.flatnonzero(own))
    threshold = leaf.judge(job).threshold
    near, full = near_in_band(texts, np.concatenate(keys), np.concatenate(numbers), threshold)
    stack(leaf.place(job, "near", time, band, which), [near])
    stack(leaf.place(job, "crowded", time, band, which), [full])
    return {"crowded": bool(len(full))}


def compare_pairs(job: FilterJob, part: tuple[CutLeaf, int, int]) -> Receipt:
    """Compare pairs of texts exactly, of so many lower texts; `part` is (leaf, time, first)."""
    leaf, time, first = part
    texts = sketches_on_disk(job, leaf)
    count = len(texts.signatures)
    near = [
        DiskArray(leaf.place(job, "near", time, band, which), np.int64)
        for band in range(band_count(job, leaf))
        for which in range(key_parts(count))
    ]
    pairs = [one.between(first * count, (first + TEXTS_AT_ONCE) * count) for one in near]
    found = similar_pairs(texts, once(np.concatenate(pairs)), leaf.judge(job).threshold)
    columns = (found.ones, found.others, found.values)
    stack(leaf.place(job, "similar", time, f"{first:012d}"), [record(_PAIR, *columns)])
    return {"pairs": len(found.ones)}


def pairs_found(job: FilterJob, leaf: CutLeaf, time: int, texts: Flags) -> SimilarPairs:
    """The pairs found up to a time that have one of some texts; by text whether it is one."""
    parts = []
    for number in range(time + 1):
        for file in leaf.place(job, "similar", number).iterdir():
            pairs = DiskArray(file, _PAIR)[:]
            chosen = pairs[texts[pairs["one"]] | texts[pairs["other"]]]
            parts.append(SimilarPairs(*columns_of(chosen)))
    return SimilarPairs.of(parts)
