"""A leaf that is too big for one worker: where its pieces are, and its arrays once they are put
together.

A piece is what one shard has of the leaf. `leaf_pieces` writes what is read here.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tutelage.core.ngrams import Numbers
from tutelage.curation.duplicates.marks import MarkBits, Worded
from tutelage.curation.duplicates.shingles import bands
from tutelage.curation.duplicates.sketches import Shingles, Sketches
from tutelage.curation.filters.duplicates import NearDuplicate
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.curation.sharded.partitions import scattered
from tutelage.curation.sharded.work_arrays import DiskArray, PackedTexts


@dataclass(frozen=True, slots=True)
class CutLeaf:
    """A leaf that a step compares in pieces: the step, and the partition that it is alone in."""

    step: int
    part: int

    def judge(self, job: FilterJob) -> NearDuplicate:
        """The filter."""
        _, judge = job.judge(job.steps[self.step].first)
        assert isinstance(judge, NearDuplicate)
        return judge

    def place(self, job: FilterJob, *names: str | int) -> Path:
        """A work file or folder."""
        return job.place("cut", self.step, self.part, *names)

    def sources(self, job: FilterJob) -> list[Path]:
        """The files that hold its pieces: of rows that are there already, then of those given."""
        there = [scattered(job, self.step, "there", n) for n in range(len(job.there))]
        return there + [scattered(job, self.step, "given", n) for n in range(len(job.given))]

    def piece(self, job: FilterJob, what: str, number: int) -> Path:
        """A file of one piece's arrays."""
        return self.place(job, what, f"{number:05d}.npz")


def sketches_on_disk(job: FilterJob, leaf: CutLeaf) -> Sketches:
    """What `stack_pieces` has brought together; nothing of it is read before it is looked up."""
    count, width = bands(leaf.judge(job).threshold)
    bits = DiskArray(leaf.place(job, "bits"), np.uint64, 2)
    texts = packed_on_disk(job, leaf, "texts")

    def worded(some: Numbers) -> list[Worded]:
        coded = map(json.loads, texts.some(some))
        return [Worded(line, frozenset(marks)) for line, marks in coded]

    return Sketches(
        DiskArray(leaf.place(job, "signatures"), np.uint16, count * width),
        Shingles(
            DiskArray(leaf.place(job, "shingles"), np.int32),
            DiskArray(leaf.place(job, "shingles_starts"), np.int64),
        ),
        lambda some: MarkBits(*bits[some].T),
        DiskArray(leaf.place(job, "marks"), np.int64),
        worded,
    )


def packed_on_disk(job: FilterJob, leaf: CutLeaf, name: str) -> PackedTexts:
    """Texts of a leaf that `stack_pieces` has brought together."""
    starts = DiskArray(leaf.place(job, f"{name}_starts"), np.int64)
    return PackedTexts(DiskArray(leaf.place(job, name), np.uint8), starts)
