"""The journal of a run, by the names that its recipe gives to models."""

from pathlib import Path

from pipeline.ledger import Usage
from pipeline.models import Completion
from pipeline.models.journal import Journal
from pipeline.running.journals import prune_journal
from pipeline.store import Store, write_json
from tests.models.desk import ask


def test_answers_of_an_imported_student_go_by_its_name(tmp_path: Path) -> None:
    store = Store(tmp_path / ".store")
    store.path("k").mkdir(parents=True)
    write_json(store.path("k") / "manifest.json", {"digest": "imported"})
    student = {"ref": "org/student", "identity": "hub"}
    stage = {"name": "student-weights", "kind": "checkpoint", "key": "k"}
    write_json(tmp_path / "run.json", {"models": {"student": student}, "stages": [stage]})
    journal = Journal(store.folder / "journal.sqlite")
    for identity in ("imported", "another"):
        journal.put(identity, identity, Completion(ask("q"), "Yes.", "stop", Usage()))
    journal.close()
    assert prune_journal(tmp_path, None, "student") == 1
