"""The journal of a run, by the names that its recipe gives to models."""

from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.core.errors import InputError
from tutelage.core.json_files import write_json
from tutelage.core.store import Store
from tutelage.models.chat import Completion
from tutelage.models.journal import Journal
from tutelage.runtime.run_journals import prune_journal

from tests.models.generation_session import ask


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


def test_a_run_that_was_killed_does_not_give_other_runs_answers_away(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    models = {"teacher": {"ref": "scripted:", "identity": "theirs"}}
    write_json(tmp_path / "whole" / "run.json", {"models": models, "stages": []})
    journal = Journal(tmp_path / ".store" / "journal.sqlite")
    journal.put("theirs", "theirs", Completion(ask("q"), "Yes.", "stop", Usage()))
    with pytest.raises(InputError, match=r"killed: no run\.json there"):
        prune_journal(tmp_path / "killed", None, "teacher")
    assert journal.models() == {"theirs": 1}
    for store in (tmp_path, tmp_path / ".store"):  # all runs are asked for
        journal.put("theirs", "theirs", Completion(ask("q"), "Yes.", "stop", Usage()))
        assert prune_journal(store, None, "teacher") == 1
    journal.close()
