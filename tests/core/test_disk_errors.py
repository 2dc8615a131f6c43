"""Files that cannot be written: one line with the file, the cause and the cure."""

import errno
import sqlite3
from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.core.disk_errors import disk_error, writing
from tutelage.core.errors import DiskError
from tutelage.core.json_files import write_json
from tutelage.models.chat import Completion
from tutelage.models.journal import Journal
from tutelage.runtime.record import in_stage

from tests.models.generation_session import ask

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        (FULL, "No space left on device; make room on that disk"),
        (sqlite3.OperationalError("database or disk is full"), "full; make room on that disk"),
        (PermissionError(errno.EACCES, "Permission denied"), "denied; give the right to write"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error; see to that disk"),
    ],
)
def test_a_line_names_file_cause_and_cure(tmp_path: Path, fault: Exception, cure: str) -> None:
    file = tmp_path / "kept.parquet"
    with pytest.raises(DiskError) as caught, writing(tmp_path), writing(file):
        raise fault
    assert str(caught.value).startswith(f"{file}: cannot be written: ")
    assert cure in str(caught.value)
    told = in_stage(caught.value, "sft")
    assert (type(told), str(told)) == (DiskError, f"stage 'sft': {caught.value}")
    assert told.exit_code == 1 and "\n" not in str(told)


def test_other_faults_stay_what_they_are() -> None:
    assert disk_error(ValueError("no disk")) is None
    assert disk_error(ConnectionResetError(errno.ECONNRESET, "reset")) is None
    assert "a file cannot be written: No space left" in str(disk_error(FULL))


def test_a_file_that_was_there_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.json"
    write_json(file, {"stages": [1]})
    before = file.read_bytes()

    def fail(_: int) -> None:
        raise FULL

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(DiskError, match=r"run\.json: cannot be written"):
        write_json(file, {"stages": [1, 2]})
    assert file.read_bytes() == before


def test_answers_stay_in_a_journal_whose_disk_is_full(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.put("kept", "m", Completion(ask("q"), "Yes.", "stop", Usage()))
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages}")  # as a full disk, to SQLite
    long = Completion(ask("q"), "Yes. " * 10_000, "stop", Usage())
    for answers in ([("a", long)], [("a", long), ("b", long)]):
        with pytest.raises(DiskError, match=r"journal\.sqlite: cannot be written: .*make room"):
            journal.put_all("m", answers)
    assert [entry["key"] for entry in journal.entries()] == ["kept"]
    journal._db.execute("PRAGMA max_page_count = 100000")
    journal.put("a", "m", long)
    assert [entry["key"] for entry in journal.entries()] == ["kept", "a"]
    journal.close()
