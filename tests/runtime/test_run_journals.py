"""The journal of a run, by the names that its recipe gives to models."""

import json
from pathlib import Path

import pytest
from tutelage.accounting.ledger import CALLS, Call, Ledger, Usage
from tutelage.core.errors import InputError
from tutelage.core.json_files import write_json
from tutelage.core.store import Store
from tutelage.models.chat import Completion
from tutelage.models.journal import Journal
from tutelage.runtime.run_journals import export_journal, prune_journal

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


def test_a_run_exports_its_own_answers_alone(tmp_path: Path) -> None:
    cut, whole, others = Usage(1, 5, 0, 3), Usage(1, 5, 0, 9), Usage(1, 5, 0, 1)
    journal = Journal(tmp_path / ".store" / "journal.sqlite")
    for key, limit, usage in (("a", 3, cut), ("a", 20, whole), ("b", 20, others)):
        journal.put(key, "m", Completion(ask("q", max_tokens=limit), "Yes.", "stop", usage))
    journal.close()
    for name, key, usage in (("mine", "a", whole), ("others", "b", others)):
        (tmp_path / name / "asked").mkdir(parents=True)
        facts = {"models": {}, "stages": [{"name": "asked", "kind": "rows", "key": "k"}]}
        write_json(tmp_path / name / "run.json", facts)
        ledger = Ledger()
        ledger.call("asked", Call("*", "m", False, key, usage), now=False)
        ledger.save_calls(tmp_path / name / "asked" / CALLS)
    out = tmp_path / "out.jsonl"
    assert export_journal(tmp_path / "mine", out) == 1
    (line,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (line["key"], line["usage"]["output_tokens"]) == ("a", 9)
    (tmp_path / "others" / "run.json").unlink()  # killed
    assert export_journal(tmp_path / "others", out) == 1
    assert export_journal(tmp_path / ".store", out) == 3
