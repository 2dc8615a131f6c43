"""Shards of rows: the same bytes from any source, one schema, older folders still readable."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows, read_rows
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows
from tutelage.core.parquet_rows import write_parquet
from tutelage.core.row_shards import count_rows, shard_files, stream_rows, write_shards


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 3)


def _row(number: int, **more: Any) -> Row:
    turns = [{"role": "user", "content": f"Question {number}?"}]
    return {"id": f"r{number}", "leaf": "a", "parents": [], "prompt": turns} | more


def test_rows_are_cut_by_their_number_alone(tmp_path: Path) -> None:
    rows = [_row(number) for number in range(7)]
    content = Rows(rows, [_row(9, reason="length: 3")]).save(tmp_path)
    files = shard_files(tmp_path, "kept")
    assert [file.name for file in files] == ["00000.parquet", "00001.parquet", "00002.parquet"]
    assert [count_rows([file]) for file in files] == [3, 3, 1]
    assert Rows.load(tmp_path).kept == rows == list(stream_rows(files))
    assert Rows(rows[:2]).save(tmp_path) != content
    assert len(shard_files(tmp_path, "kept")) == 1 and not shard_files(tmp_path, "rejected")
    assert Rows(rows, [_row(9, reason="length: 3")]).save(tmp_path) == content


def test_a_stream_makes_the_same_bytes_as_a_list(tmp_path: Path) -> None:
    rows = [_row(number, extra={"n": number}) for number in range(8)]
    one = write_shards(rows, tmp_path / "a", "kept")
    other = write_shards(iter(rows), tmp_path / "b", "kept")
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


MIXED: list[list[Any]] = [
    [None, None, None, "late text"],
    [1, 2, 3, 2.5],
    [1, 2, 3, "text"],
    [{"a": 1}, {"a": 2}, {"a": 3}, {"b": 1}],
    [[], [], [], ["x"]],
    [[1], [2], [3], [0.5]],
    [{"a": None}, {"a": None}, {"a": None}, {"a": "x"}],
    [True, False, True, 1],
]


@pytest.mark.parametrize("values", MIXED)
def test_shards_whose_columns_differ_get_one_schema(tmp_path: Path, values: list[Any]) -> None:
    import pyarrow.parquet as pq

    rows = [_row(number, extra=value) for number, value in enumerate(values)]
    files = write_shards(rows, tmp_path, "kept")
    assert len(files) == 2
    assert len({str(pq.read_schema(file)) for file in files}) == 1
    assert list(stream_rows(files)) == rows


def test_turns_with_other_keys_in_another_shard_are_not_padded(tmp_path: Path) -> None:
    call = {"role": "assistant", "content": "", "tool_calls": [{"name": "look"}]}
    rows = [_row(number) for number in range(3)] + [_row(3, completion=[call])]
    rows[0]["prompt"] = [{"role": "user", "content": "Hi", "name": "Ann"}]
    write_shards(rows, tmp_path, "kept")
    found = read_rows(tmp_path)
    assert found[0]["prompt"] == rows[0]["prompt"] and found[1]["prompt"] == rows[1]["prompt"]
    assert found[3]["completion"] == [call]
    assert found[0]["completion"] is None


def test_datasets_opens_shards_without_us(tmp_path: Path) -> None:
    from datasets import load_dataset

    rows = [_row(number, extra=None if number < 3 else {"n": number}) for number in range(7)]
    Rows(rows, [_row(9, reason="length: 3")]).save(tmp_path / "rows")
    cache = str(tmp_path / "cache")
    assert load_dataset(str(tmp_path / "rows"), cache_dir=cache)["train"]["id"] == [
        row["id"] for row in rows
    ]
    rejected = load_dataset(str(tmp_path / "rows"), "rejected", cache_dir=cache)["train"]
    assert rejected["reason"] == ["length: 3"]


def test_a_folder_of_an_older_run_is_read(tmp_path: Path) -> None:
    rows = [_row(number) for number in range(5)]
    write_parquet(rows, tmp_path / "kept.parquet")
    write_parquet([_row(8, reason="echo")], tmp_path / "rejected.parquet")
    assert Rows.load(tmp_path) == Rows(rows, [_row(8, reason="echo")])
    assert [row["id"] for row in load_rows(tmp_path)] == [row["id"] for row in rows]
    Rows(rows).save(tmp_path)
    assert not list(tmp_path.glob("*.parquet")) and read_rows(tmp_path) == rows


def test_rows_are_read_from_the_folder_of_shards_itself(tmp_path: Path) -> None:
    Rows([_row(1)]).save(tmp_path)
    assert [row["id"] for row in load_rows(tmp_path / "kept")] == ["r1"]
    with pytest.raises(RowsError, match=r"kept\.parquet: no such file; its rows are in"):
        load_rows(tmp_path / "kept.parquet")
    with pytest.raises(RowsError, match="holds no rows"):
        load_rows(_empty(tmp_path))


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    Rows([_row(1)]).save(tmp_path)
    (tmp_path / "kept" / "00000.parquet").write_bytes(b"broken")
    with pytest.raises(RowsError, match=r"00000\.parquet: not a readable Parquet file"):
        Rows.load(tmp_path)
