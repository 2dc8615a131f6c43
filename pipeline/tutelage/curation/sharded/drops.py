"""Which rows filters have dropped so far, in work files that are sorted by the rows' places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.core.ngrams import Numbers
from tutelage.core.whole_files import written_whole
from tutelage.curation.sharded.filter_job import PLACE, FilterJob, InputShard

KEPT = -1


@dataclass(slots=True)
class Dropped:
    """Of one shard's rows: the number of the filter that dropped each, KEPT otherwise."""

    by: Numbers
    reasons: dict[int, str] = field(default_factory=dict)
    """By place within the shard."""

    def left(self) -> Numbers:
        """The places within the shard of the rows that are not dropped."""
        return np.flatnonzero(self.by == KEPT)


def write_drops(file: Path, drops: Sequence[tuple[int, int, str]]) -> None:
    """Write (place, number of the filter, reason) of dropped rows, sorted by place."""
    import pyarrow as pa

    found = sorted(drops)
    columns = {
        PLACE: pa.array([place for place, _, _ in found], pa.int64()),
        "filter": pa.array([number for _, number, _ in found], pa.int16()),
        "reason": pa.array([_clean(reason) for _, _, reason in found], pa.string()),
    }
    write_work(file, pa.table(columns).to_batches() or [], pa.table(columns).schema)


def drops_before(job: FilterJob, shard: InputShard, step: int) -> Dropped:
    """What the steps before `step` have dropped of a shard."""
    found = Dropped(np.full(shard.rows, KEPT, np.int64))
    for number in range(step):
        for file in _files(job, shard, number):
            for place, by, reason in _between(file, shard.start, shard.end):
                found.by[place - shard.start] = by
                found.reasons[place - shard.start] = reason
    return found


def drop_file(job: FilterJob, step: int, number: int, shard: int | None = None) -> Path:
    """Where a part of a step notes what it drops: a shard's number, or a partition's; of a
    partition that is cut, what it drops of one shard."""
    of_shard = "" if shard is None else f"-{shard:05d}"
    return job.place("drops", step, f"{number:05d}{of_shard}.arrow")


def write_work(file: Path, batches: Sequence[Any], schema: Any) -> None:
    """Write a work file of Arrow batches, whole or not at all."""
    import pyarrow as pa

    file.parent.mkdir(parents=True, exist_ok=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        written_whole(file) as temporary,
        pa.ipc.new_file(temporary, schema, options=options) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)


def _files(job: FilterJob, shard: InputShard, step: int) -> list[Path]:
    number = job.given.index(shard)
    if job.steps[step].together == "row":
        return [drop_file(job, step, number)]
    cut = job.cut.get(step, ())
    parts = range(job.partitions[step])
    return [drop_file(job, step, part, number if part in cut else None) for part in parts]


def _between(file: Path, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The entries of a file whose places are in a range."""
    import pyarrow as pa

    with pa.memory_map(str(file)) as source:
        table = pa.ipc.open_file(source).read_all()
        places = table.column(PLACE).to_numpy()
        first, last = np.searchsorted(places, [start, end])
        part = table.slice(first, last - first)
        columns = (part.column(name).to_pylist() for name in (PLACE, "filter", "reason"))
        yield from zip(*columns, strict=True)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
