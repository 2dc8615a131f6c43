"""What every task of a filtering shares: the shards given, the filters in steps, the folder."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.core.artifacts import Row
from tutelage.core.parquet_rows import rows_of
from tutelage.core.part_spec import name_of
from tutelage.core.row_shards import count_rows
from tutelage.core.table_shapes import TableShape
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together, build_filters
from tutelage.taxonomy.leaf import Taxonomy

PLACE = "__place"
"""The column of work files that says which row it is, counted through all shards given."""
Judge = RowFilter | Callable[[Row], str | None]


@dataclass(frozen=True, slots=True)
class InputShard:
    """A file of rows; its first row is the row `start` of all."""

    file: Path
    start: int
    rows: int

    @property
    def end(self) -> int:
        """The place after its last row."""
        return self.start + self.rows


@dataclass(frozen=True, slots=True)
class FilterStep:
    """Filters that are applied together: any number that look at single rows, or one that compares.

    `first` and `end` are their numbers among all filters.
    """

    together: Together
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class FilterJob:
    """All that decides the verdicts, and where work files go."""

    folder: Path
    specs: Sequence[Any]
    scope: Scope
    given: Sequence[InputShard]
    there: Sequence[InputShard]
    """Shards of the rows that are there already."""
    steps: Sequence[FilterStep]
    shape: TableShape
    """That holds all rows given."""
    renamed: Mapping[int, str] = field(default_factory=dict)
    """New ids by place, of rows whose id an earlier one bears."""
    partitions: Mapping[int, int] = field(default_factory=dict)
    """By step that compares: into how many parts its rows go."""
    part_of_leaf: Mapping[str, int] = field(default_factory=dict)
    cut: Mapping[int, Collection[int]] = field(default_factory=dict)
    """By step that can compare a leaf in pieces: the parts that are one leaf and too big."""
    sample_seed: int = 0

    @property
    def taxonomy(self) -> Taxonomy | None:
        """That of the recipe."""
        return self.scope.taxonomy

    def names(self) -> list[str]:
        """The filters' names."""
        return [name_of(spec) for spec in self.specs]

    def judge(self, number: int) -> tuple[str, Judge]:
        """A filter with its name."""
        ((name, built),) = build_filters([self.specs[number]], "filters")
        return name, built

    def place(self, *names: str | int) -> Path:
        """A work file or folder."""
        return self.folder.joinpath(*map(str, names))


def input_shards(files: Sequence[Path]) -> list[InputShard]:
    """Files as shards, with the place of their first rows."""
    found: list[InputShard] = []
    for file in files:
        start = found[-1].end if found else 0
        found.append(InputShard(file, start, count_rows([file])))
    return found


def steps_of(together: Sequence[Together]) -> list[FilterStep]:
    """Filters in steps: neighbours that look at single rows go together, others alone."""
    found: list[FilterStep] = []
    for number, kind in enumerate(together):
        if kind == "row" and found and found[-1].together == "row":
            found[-1] = FilterStep("row", found[-1].first, number + 1)
        else:
            found.append(FilterStep(kind, number, number + 1))
    return found


def read_table(job: FilterJob, shard: InputShard, columns: Sequence[str] | None = None) -> Any:
    """The Arrow table of a shard with all or some columns, ids renamed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(shard.file)
    wanted = None if columns is None else [name for name in columns if name in schema.names]
    table = pq.ParquetFile(shard.file).read(columns=wanted)
    table = table.replace_schema_metadata(schema.metadata)
    new = {place: name for place, name in job.renamed.items() if shard.start <= place < shard.end}
    if new and "id" in table.column_names:
        ids = table.column("id").to_pylist()
        for place, name in new.items():
            ids[place - shard.start] = name
        table = table.set_column(table.column_names.index("id"), "id", pa.array(ids))
    return table


def read_given(
    job: FilterJob, shard: InputShard, places: Any, columns: Sequence[str] | None = None
) -> list[Row]:
    """Rows of a shard at some places within it."""
    table = read_table(job, shard, columns)
    return rows_of(table.take(np.asarray(places, np.int64)), str(shard.file))


def passed_verdicts(names: Sequence[str]) -> list[dict[str, Any]]:
    """The words of filters that a row has passed."""
    return [{"by": name, "keep": True, "reason": None} for name in names]
