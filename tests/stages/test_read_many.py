"""Reading more rows than a shard has: what `load_rows` reads, in any format, ids made unique."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import local_context
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows
from tutelage.core.parquet_rows import write_parquet
from tutelage.core.row_shards import count_rows, shard_files
from tutelage.stages.read import Read


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 7)


def alpaca(number: int, **more: Any) -> Row:
    return {"instruction": f"What is {number}?", "output": f"It is {number}."} | more


def read(file: Path, out: Path) -> Rows:
    """What the stage writes; it must have gone shard by shard."""
    stage = Read(file=file)
    stage.check(None)
    made = stage.run_on_shards(local_context(out), {})
    assert made is not None and made.funnel() == Rows.load(out).funnel()
    assert not (out / ".shards").exists()
    return Rows.load(out)


def test_a_large_file_of_anybodys_is_read_as_a_small_one(tmp_path: Path) -> None:
    rows = [alpaca(number, id=str(number % 20)) for number in range(30)]
    rows[25]["leaf"] = "b"
    write_parquet(rows, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", tmp_path / "out")
    assert found.kept == load_rows(tmp_path / "a.parquet")
    assert len({row["id"] for row in found.kept}) == 30
    sizes = [count_rows([file]) for file in shard_files(tmp_path / "out", "kept")]
    assert sizes == [7, 7, 7, 7, 2]


def test_a_folder_of_rows_without_ids_is_cut_anew(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    write_parquet([alpaca(n) for n in range(5)], tmp_path / "rows" / "00000.parquet")
    write_parquet([alpaca(n % 3) for n in range(9)], tmp_path / "rows" / "00001.parquet")
    found = read(tmp_path / "rows", tmp_path / "out")
    assert found.kept == load_rows(tmp_path / "rows")


def test_few_rows_and_other_files_are_read_whole(tmp_path: Path) -> None:
    write_parquet([alpaca(n) for n in range(7)], tmp_path / "a.parquet")
    assert Read(file=tmp_path / "a.parquet").run_on_shards(local_context(tmp_path), {}) is None
    (tmp_path / "a.jsonl").write_text('{"instruction": "x", "output": "y"}\n' * 9, "utf-8")
    assert Read(file=tmp_path / "a.jsonl").run_on_shards(local_context(tmp_path), {}) is None


def test_a_row_of_no_format_is_named(tmp_path: Path) -> None:
    rows: list[Row] = [alpaca(number) for number in range(20)]
    rows[15] = {"colour": "red"}
    write_parquet(rows, tmp_path / "a.parquet")
    with pytest.raises(RowsError, match=r"a\.parquet: row 16"):
        read(tmp_path / "a.parquet", tmp_path / "out")
