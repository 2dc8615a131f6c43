"""Rows found by place, id, leaf and reason, over shards whose row groups are small."""

from pathlib import Path

import pytest
from tutelage.core import parquet_rows, row_shards
from tutelage.core.artifacts import Row
from tutelage.core.row_places import has_values, places_by_group, places_of, rows_at
from tutelage.core.row_shards import write_shards


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 10)
    monkeypatch.setattr(parquet_rows, "_GROUP", 4)
    return write_shards(rows(), tmp_path, "rejected")


def rows() -> list[Row]:
    return [
        {
            "id": f"r{number}",
            "leaf": "b" if number % 3 else "a",
            "reason": f"length: {number} words" if number % 2 else "echo",
            "parents": [],
            "completion": None if number < 24 else [{"role": "assistant", "content": "x"}],
        }
        for number in range(25)
    ]


def test_rows_come_from_their_places_in_the_order_asked(files: list[Path]) -> None:
    places = [24, 0, 9, 10, 9, 17]
    assert rows_at(files, places) == [rows()[place] for place in places]
    assert rows_at(files, []) == []


def test_ids_are_found_where_they_stand(files: list[Path]) -> None:
    assert places_of(files, {"r20", "r3", "nobody"}) == {"r3": 3, "r20": 20}
    assert places_of([], {"r3"}) == {}


def test_places_are_grouped_by_leaf_and_short_reason(files: list[Path]) -> None:
    found = {group: places.tolist() for group, places in places_by_group(files).items()}
    assert list(found) == [("a", "echo"), ("b", "length"), ("b", "echo"), ("a", "length")]
    assert found["a", "length"] == [3, 9, 15, 21]
    assert sum(map(len, found.values())) == 25


def test_a_column_has_values_where_any_row_has_some(files: list[Path]) -> None:
    assert has_values(files, "completion") and not has_values(files[:2], "completion")
    assert not has_values(files, "parents") and not has_values(files, "no such column")
