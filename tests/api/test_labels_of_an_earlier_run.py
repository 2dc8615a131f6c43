"""The loop: run, decide on rows as they stand on disk, name the labels, run again."""

from pathlib import Path

import pytest
from tutelage.api import plan, run
from tutelage.core.artifacts import Rows, answer_of
from tutelage.provenance.run_folder import RunFolder

from tests.label_files import decide
from tests.trees import harbour, write

RECIPE = """
taxonomy: tree
models: {{teacher: "scripted:"}}
stages:
  seeds: {{kinds: [knowledge, foundational, compositional]}}
  accepted: {{use: filter, filters: {filters}}}
"""


def test_decisions_on_a_run_count_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    harbour(tmp_path / "tree")
    file = write(tmp_path / "mine.yaml", RECIPE.format(filters="[exact_duplicate]"))
    folder = run(file, quiet=True).folder
    first, second, *rest = Rows.load(folder / "accepted").kept
    decide(folder, first, "reject", stage="accepted")
    decide(folder, second, "edit", edit="In my own words.", stage="accepted")
    notes = plan(file, quiet=True).checks.warnings
    assert any("labelled: runs/mine/labels.jsonl" in note for note in notes)

    write(file, RECIPE.format(filters="[exact_duplicate, {labelled: runs/mine/labels.jsonl}]"))
    made = Rows.load(run(file, quiet=True).folder / "accepted")
    assert made.stats["labelled"] == {"decisions": 2, "accepted": 1, "rejected": 1}
    assert [row["reason"] for row in made.rejected] == ["labelled: rejected by ana"]
    answers = {row["id"]: answer_of(row) for row in made.kept}
    assert answers[second["id"]] == "In my own words."
    assert set(answers) == {second["id"], *(row["id"] for row in rest)}
    assert RunFolder.load(folder).stats("accepted")["labelled"]["decisions"] == 2
    assert not any("labelled" in note for note in plan(file, quiet=True).checks.warnings)
