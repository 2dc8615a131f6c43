"""Filtering shard by shard: the same verdicts as in one process, with bounded memory."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from tutelage.contract.context import Progress
from tutelage.contract.workers import Receipt, Workers, receipts, work_folder
from tutelage.core import row_shards
from tutelage.core.artifacts import save_card, save_stats
from tutelage.core.digests import digest, digest_file
from tutelage.core.row_shards import clear_shards, stream_tables, write_shards
from tutelage.core.stored_rows import StoredRows
from tutelage.core.table_shapes import merge_shapes, shape_of_file
from tutelage.curation.filters.labelled import Labelled
from tutelage.curation.filters.row_filter import Scope, build_filters, seen_together
from tutelage.curation.sharded.cut_leaf import can_be_cut, compare_in_pieces
from tutelage.curation.sharded.filter_job import FilterJob, input_shards, steps_of
from tutelage.curation.sharded.leaf_on_disk import CutLeaf
from tutelage.curation.sharded.partitions import compare_partition, scatter_shard
from tutelage.curation.sharded.row_wise import filter_shard
from tutelage.curation.sharded.sample_figures import (
    choose_samples,
    figures_of,
    scatter_samples,
    sets_of,
)
from tutelage.curation.sharded.shard_counts import tally_shard
from tutelage.curation.sharded.survey import Survey, survey_shards
from tutelage.curation.sharded.write_output import OutputShard, output_shards, write_shard

PARTITION_ROWS = 40_000
"""Rows that one worker compares at once. A leaf of more is one part all the same, which `cut_leaf`
compares in pieces where the filter allows it."""
_WORK = ".shards"


def can_be_sharded(specs: Sequence[Any]) -> bool:
    """Whether filters can be applied to parts of the rows; not where people's decisions count."""
    return not any(isinstance(judge, Labelled) for _, judge in build_filters(specs, "filters"))


@dataclass(slots=True)
class ShardedFilter:
    """A filtering under way."""

    folder: Path
    workers: Workers
    progress: Progress
    name: str
    done: int = field(default=0)

    def survey(self, files: Sequence[Path]) -> Survey:
        """A first look at the rows: how many each leaf has, which have answers, repeated ids."""
        work_folder(self.folder, row_shards.SHARD_ROWS, PARTITION_ROWS)
        return survey_shards(self.workers, input_shards(files), self._work("survey"))

    def run(
        self,
        survey: Survey,
        specs: Sequence[Any],
        scope: Scope,
        there: Sequence[Path],
        seed: int,
        embedder: str,
    ) -> StoredRows:
        """Filter and write what is kept and rejected into the folder; see the stage `filter`."""
        job = self._job(survey, specs, scope, there, seed)
        self.progress.start(len(job.steps) + 3, "steps")
        for number, step in enumerate(job.steps):
            if step.together == "row":
                self._all(filter_shard, job, [(number, n) for n in range(len(job.given))])
            else:
                self._compare(job, number)
            self.progress.advance()
        tallies = self._all(tally_shard, job, range(len(job.given)))
        counts = _sums(line["dropped"] for line in tallies)
        stats = {"diversity": self._figures(job, counts, tallies, embedder)}
        stored = self._write(job, tallies, counts)
        save_card(stored.funnel(), self.folder)
        save_stats(stats, self.folder)
        shutil.rmtree(self._work())
        return stored

    def _job(
        self, survey: Survey, specs: Sequence[Any], scope: Scope, there: Sequence[Path], seed: int
    ) -> FilterJob:
        judges = [judge for _, judge in build_filters(specs, "filters")]
        steps = steps_of([seen_together(judge) for judge in judges])
        parts = -(-sum(shard.rows for shard in survey.shards) // PARTITION_ROWS)
        leaves = _with_earlier(survey.leaves, there)
        packed = _packed(leaves)
        count = {"question": max(1, parts), "leaf": max(packed.values(), default=0) + 1}
        partitions = {
            number: count.get(step.together, 1)
            for number, step in enumerate(steps)
            if step.together != "row"
        }
        big = {packed[leaf] for leaf, rows in leaves.items() if rows > PARTITION_ROWS}
        cut = {n: big for n, step in enumerate(steps) if can_be_cut(judges[step.first])}
        shape = merge_shapes([shape_of_file(shard.file) for shard in survey.shards])
        return FilterJob(
            *(self._work(), specs, scope, survey.shards, input_shards(there), steps, shape),
            *(survey.renamed, partitions, packed, cut, seed),
        )

    def _compare(self, job: FilterJob, number: int) -> None:
        """Bring rows together that a filter must see together, and apply it."""
        given = [(number, "given", n) for n in range(len(job.given))]
        there = [(number, "there", n) for n in range(len(job.there))]
        self._all(scatter_shard, job, [*there, *given])
        cut = job.cut.get(number, ())
        whole = [(number, n) for n in range(job.partitions[number]) if n not in cut]
        self._all(compare_partition, job, whole)
        if cut:
            compare_in_pieces(self._all, job, [CutLeaf(number, part) for part in sorted(cut)])
        shutil.rmtree(job.place("scattered", number), ignore_errors=True)

    def _figures(
        self,
        job: FilterJob,
        counts: Mapping[str, Mapping[str, int]],
        tallies: Sequence[Receipt],
        embedder: str,
    ) -> list[Any]:
        cells: dict[str, dict[str, Counter[str]]] = {}
        for line in tallies:
            for leaf, found in line["cells"].items():
                for cell, ends in found.items():
                    cells.setdefault(leaf, {}).setdefault(cell, Counter()).update(ends)
        sets = sets_of(job.names(), counts, cells, embedder)
        choose_samples(job, sets)
        self._all(scatter_samples, job, [(sets, n) for n in range(len(job.given))])
        self.progress.advance()
        found = self._all(figures_of, job, [(sets, n) for n in range(len(sets.groups))])
        self.progress.advance()
        return sorted(
            chain.from_iterable(line["figures"] for line in found), key=lambda one: one["leaf"]
        )

    def _write(
        self, job: FilterJob, tallies: Sequence[Receipt], counts: Mapping[str, Mapping[str, int]]
    ) -> StoredRows:
        parts: list[OutputShard] = []
        for state in ("kept", "rejected"):
            sizes = [int(line[state]) for line in tallies]
            parts += output_shards(self.folder, state, sizes, row_shards.SHARD_ROWS)
        written = self._all(write_shard, job, parts)
        self.progress.advance()
        names = [[part.file.relative_to(self.folder).as_posix()] for part in parts]
        digests = [[*name, line["digest"]] for name, line in zip(names, written, strict=True)]
        if not any(line["kept"] for line in tallies):
            (empty,) = write_shards([], self.folder, "kept")
            digests.insert(0, [f"kept/{empty.name}", digest_file(empty)])
        if not any(line["rejected"] for line in tallies):
            clear_shards(self.folder, "rejected")
        reasons = _sums(line["reasons"] for line in tallies)
        funnel = {
            leaf: {"kept": ends.get("-1", 0), "rejected": dict(reasons.get(leaf, {}))}
            for leaf, ends in counts.items()
        }
        return StoredRows(self.folder, digest(digests), funnel)

    def _all(self, task: Any, job: FilterJob, parts: Sequence[Any]) -> list[Receipt]:
        """Have all parts of a step done; each step has its own receipts."""
        self.done += 1
        place = self._work("receipts", f"{self.done:02d}-{task.__name__}")
        return receipts(self.workers, task, job, parts, place)

    def _work(self, *names: str) -> Path:
        return self.folder.joinpath(_WORK, *names)


def _sums(parts: Any) -> dict[str, Counter[str]]:
    """Counts by leaf, of all shards."""
    found: dict[str, Counter[str]] = {}
    for part in parts:
        for leaf, counts in part.items():
            found.setdefault(leaf, Counter()).update(counts)
    return found


def _with_earlier(leaves: Mapping[str, int], there: Sequence[Path]) -> Counter[str]:
    """How many rows leaves have with those that are there already."""
    found = Counter(leaves)
    for file in there:
        for table in stream_tables(file, ["leaf"]):
            names = map(str, table.column("leaf").to_pylist())
            found.update(name for name in names if name in leaves)
    return found


def _packed(leaves: Mapping[str, int]) -> dict[str, int]:
    """The partition of each leaf: neighbours go together as far as a worker compares at once."""
    found: dict[str, int] = {}
    part, held = 0, 0
    for leaf in sorted(leaves):
        if held and held + leaves[leaf] > PARTITION_ROWS:
            part, held = part + 1, 0
        found[leaf], held = part, held + leaves[leaf]
    return found
