"""A first look at rows that stay on disk: leaves, which have answers, ids that are repeated."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.contract.workers import Receipt, Workers, receipts
from tutelage.core.artifacts import ANSWERED
from tutelage.core.repeated_ids import note_ids, renamed
from tutelage.core.row_places import has_values
from tutelage.core.row_shards import stream_tables
from tutelage.curation.sharded.filter_job import InputShard


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of rows before they are filtered."""

    shards: Sequence[InputShard]
    leaves: Mapping[str, int]
    """How many rows each leaf has."""
    answered: frozenset[str]
    """Leaves that have rows with an answer, an empty one perhaps."""
    demanding: bool
    """Whether any row has demands of its own."""
    renamed: Mapping[int, str]
    """New ids by place, of rows whose id an earlier one bears."""


def survey_shards(workers: Workers, shards: Sequence[InputShard], folder: Path) -> Survey:
    """Look at all shards; work files go into `folder`."""
    lines = receipts(workers, survey_shard, str(folder), list(enumerate(shards)), folder / "done")
    leaves: Counter[str] = Counter()
    for line in lines:
        leaves.update(line["leaves"])
    answered = frozenset(leaf for line in lines for leaf in line["answered"])
    demanding = any(line["demanding"] for line in lines)
    noted = [folder / f"{number:05d}.npy" for number in range(len(shards))]
    new = renamed(noted, [shard.file for shard in shards])
    return Survey(shards, leaves, answered, demanding, new)


def survey_shard(folder: str, part: tuple[int, InputShard]) -> Receipt:
    """Count a shard's leaves and note its ids as numbers."""
    number, shard = part
    leaves: Counter[str] = Counter()
    answered: set[str] = set()
    ids: list[Any] = []
    for table in stream_tables(shard.file, ["id", "leaf", *ANSWERED]):
        named = [str(leaf) for leaf in table.column("leaf").to_pylist()]
        leaves.update(named)
        answered.update(np.array(named, dtype=object)[_is_answered(table)].tolist())
        ids += table.column("id").to_pylist()
    note_ids(ids, Path(folder) / f"{number:05d}.npy")
    demanding = has_values([shard.file], "verify")
    return {"leaves": leaves, "answered": sorted(answered), "demanding": demanding}


def _is_answered(table: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = np.zeros(len(table), bool)
    for name in ANSWERED:
        if name in table.column_names:
            found |= table.column(name).is_valid().to_numpy()
    return found
