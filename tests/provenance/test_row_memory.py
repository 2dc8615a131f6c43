"""What reports found in rows is kept beside the run, and found anew where a stage is another."""

from pathlib import Path
from typing import Any

from tutelage.provenance.row_memory import RowMemory

MANIFESTS: dict[str, dict[str, Any]] = {"rows": {"digest": "a", "key": "k", "inputs": {}}}


def test_the_same_stages_are_looked_at_once(tmp_path: Path) -> None:
    memory = RowMemory.of(tmp_path, MANIFESTS)
    pair: Any = ("1", 2)
    assert memory.get("samples", lambda: [{"id": pair}]) == [{"id": ["1", 2]}]
    again = RowMemory.of(tmp_path, MANIFESTS)
    assert again.get("samples", list) == [{"id": ["1", 2]}]
    assert again.get("others", lambda: 3) == 3
    assert RowMemory.of(tmp_path, MANIFESTS).found == {"samples": [{"id": ["1", 2]}], "others": 3}


def test_another_content_or_ledger_is_looked_at_anew(tmp_path: Path) -> None:
    RowMemory.of(tmp_path, MANIFESTS).get("samples", lambda: 1)
    for change in ({"digest": "b"}, {"ledger": [{"usage": 1}]}, {"key": "l"}):
        changed = {"rows": MANIFESTS["rows"] | change}
        assert RowMemory.of(tmp_path, changed).found == {}
    (tmp_path / ".looked.json").write_text("no json", encoding="utf-8")
    assert RowMemory.of(tmp_path, MANIFESTS).get("samples", lambda: 2) == 2


def test_a_folder_that_cannot_be_written_is_looked_at_all_the_same(tmp_path: Path) -> None:
    memory = RowMemory.of(tmp_path / "missing", MANIFESTS)
    (tmp_path / "missing").write_text("a file stands there", encoding="utf-8")
    assert memory.get("samples", lambda: 5) == 5
