"""Ids that several of very many rows bear, found by eight bytes a row."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.core.artifacts import Ids
from tutelage.core.row_shards import stream_tables


def note_ids(ids: Iterable[Any], file: Path) -> None:
    """Write the ids of a shard's rows as numbers, the same ones in every process."""
    np.save(file, np.fromiter(map(_number, ids), np.int64))


def renamed(noted: Sequence[Path], shards: Sequence[Path]) -> dict[int, str]:
    """New ids by place, counted through all shards, of rows whose id an earlier one bears.

    `noted` are the files of `note_ids`, one for each shard. Only where some id is repeated are the
    ids themselves read, and held.
    """
    every = np.concatenate([np.zeros(0, np.int64), *map(np.load, noted)])
    every.sort()
    if not (every[1:] == every[:-1]).any():
        return {}
    ids, found, place = Ids(), dict[int, str](), 0
    for shard in shards:
        for table in stream_tables(shard, ["id"]):
            for name in table.column("id").to_pylist():
                if (own := ids.own({"id": name})["id"]) != name:
                    found[place] = own
                place += 1
    return found


def _number(name: Any) -> int:
    coded = str(name).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(coded, digest_size=8).digest(), "big", signed=True)
