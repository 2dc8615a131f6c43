"""A run that failed says so first, with the likeliest cause and what to run next."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Rows
from tutelage.report.format import leaf_name
from tutelage.report.write_report import write_report

from tests.report.handmade import LEAVES, HandMade, rows, said, scores, use
from tests.report.runs import whole, write_log

COVERED = {
    "sections": 4,
    "sections_with_rows": 2,
    "statements": 40,
    "statements_with_rows": 9,
    "without": ["The pump weighs 9 kg."],
}


def trained(path: Path, steps: int, right: int, loss: float = 0.1, **knobs: Any) -> HandMade:
    """A run whose student learned from rows of both leaves in so many steps."""
    run = HandMade(path)
    given = rows("answer", knobs.get("rows", 8), completion=said("Answer"))
    found = {"coverage": {LEAVES[0]: COVERED}} if knobs.get("covered") else {}
    kept = [row for row in given if row["leaf"] == LEAVES[0] or not knobs.get("one_leaf")]
    run.stage("mix", Rows(kept, stats=found), {}, [use("mix")])
    inputs = {"rows": [{"stage": "mix"}], "student": [{"model": "student"}]}
    write_log(run.stage("sft", None, inputs, [use("sft")]), [{"loss": loss}] * steps)
    marks = {"student": ([0] * 20, [0] * 20), "sft": ([1] * right + [0] * (20 - right), [0] * 20)}
    models = [{"model": "student"}, {"stage": "sft"}]
    run.stage("evaluate", scores(marks), {"models": models}, [use("evaluate")])
    return run


def first_note(run: HandMade) -> str:
    write_report(run.path)
    report = json.loads((run.path / "report.json").read_text(encoding="utf-8"))
    return str(report["verdict"]["notes"][0])


@pytest.mark.parametrize(
    ("knobs", "cause", "change"),
    [
        ({"steps": 20}, "only 20 steps on 8 rows", "--set stages.sft.epochs=5"),
        ({"steps": 80, "one_leaf": True}, "no row of", "--teacher"),
        ({"steps": 80, "covered": True}, "only 22%", "--teacher"),
        ({"steps": 80, "loss": 2.5}, "loss was still 2.5", "--set stages.sft.epochs=3"),
        ({"steps": 80}, "do not answer what was asked", "--teacher"),
    ],
)
def test_the_likeliest_cause_is_told_with_a_command(
    tmp_path: Path, knobs: dict[str, Any], cause: str, change: str
) -> None:
    note = first_note(trained(tmp_path / "run", right=1, **knobs))
    assert note.startswith("The training failed: ")
    assert cause in note and change in note and "tutelage run" in note


def test_a_run_that_worked_has_no_diagnosis(tmp_path: Path) -> None:
    assert "failed" not in first_note(trained(tmp_path / "run", steps=20, right=20))
    assert "failed" not in first_note(whole(tmp_path / "whole"))


def test_leaves_that_a_recipe_does_not_train_count_for_nothing(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", steps=80, right=6, one_leaf=True)
    assert f"no row of {leaf_name(LEAVES[1])}" in first_note(run)
    file = run.path / "mix" / "manifest.json"
    made = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(made | {"fields": {"leaves": [LEAVES[0]]}}), encoding="utf-8")
    assert "failed" not in first_note(run)  # 6 of the 20 questions that it was trained for


def test_coverage_stands_in_the_report(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", steps=80, right=20, covered=True)
    write_report(run.path)
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "The pump weighs 9 kg." in page


def test_preferences_that_changed_little_are_no_failed_training(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", steps=80, right=18)
    pairs = rows("pair", 8, chosen=said("Answer"), rejected=said("None"))
    run.stage("pairs", Rows(pairs), {}, [use("pairs")])
    inputs = {"rows": [{"stage": "pairs"}], "student": [{"stage": "sft"}]}
    write_log(run.stage("dpo", None, inputs, [use("dpo")]), [{"loss": 0.7}] * 18)
    marks = {"sft": ([1] * 18, [1] * 20), "dpo": ([1] * 18, [1] * 20)}
    models = [{"stage": "sft"}, {"stage": "dpo"}]
    run.stage("again", scores(marks), {"models": models}, [use("again")])
    write_report(run.path)
    assert "The training failed" not in (run.path / "report.md").read_text(encoding="utf-8")
