"""Runs side by side: paired on shared questions, with what differed and what it cost."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tutelage.cli.app import main
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Rows, Scores
from tutelage.core.errors import InputError
from tutelage.core.store import Store
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.compare import compare_runs
from tutelage.report.comparison_text import markdown, terminal
from tutelage.runtime.run import Run

from tests.report.handmade import HOSTILE, LEAVES, HandMade, rows, scores, use


def _run(
    path: Path, teacher: str, right: int, eval_examples: int = 20, usd: str = "0.10"
) -> HandMade:
    run = HandMade(path)
    run.facts["models"] = {"teacher": {"ref": teacher, "identity": "0"}}
    run.facts["machine"] = {"usd_per_hour": 0}
    made = run.stage("responses", _answers(right), {}, [use("responses", usd)])
    manifest = json.loads((made / "manifest.json").read_text())
    fields = {"use": "responses", "fields": {"temperature": right / 10}}
    (made / "manifest.json").write_text(json.dumps(manifest | fields))
    run.stage("sft", None, {"rows": [{"stage": "responses"}]}, [])
    marks = [1] * right + [0] * (eval_examples - right)
    found = scores(
        {"student": ([0] * eval_examples, [0] * eval_examples), "sft": (marks, [1] * eval_examples)}
    )
    models = [{"model": "student"}, {"stage": "sft"}]
    run.stage("evaluate", found, {"models": models}, [])
    return run


def _answers(count: int) -> Rows:
    return Rows(rows("answer", count, completion=[{"role": "assistant", "content": "so"}]))


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three runs: another teacher, and one with fewer questions."""
    _run(tmp_path / "small", "org/small", 5)
    _run(tmp_path / "large", "org/large", 18, usd="0.90")
    _run(tmp_path / "short", "org/small", 6, eval_examples=10)
    return [tmp_path / name for name in ("small", "large", "short")]


def test_runs_are_paired_on_the_questions_that_both_answered(folders: list[Path]) -> None:
    found = compare_runs(folders)
    lines = {(line["run"], line["leaf"]): line for line in found["paired"]}
    gain = lines["large", LEAVES[0]]
    assert (gain["n"], gain["difference"], gain["better"], gain["worse"]) == (20, 0.65, 13, 0)
    assert gain["words"] == "better beyond noise"
    assert lines["large", "*"]["difference"] == 0.325
    short = lines["short", LEAVES[0]]
    assert (short["n"], short["not_shared"], short["better"]) == (10, 20, 1)


def test_questions_that_only_one_run_has_are_told_in_text_too(folders: list[Path]) -> None:
    text = markdown(compare_runs(folders))
    assert "### Questions that only one of two runs has, left out above" in text
    assert "| short | 20 |" in text
    assert "| large |" not in text.partition("left out above")[2].partition("###")[0]


def test_a_question_that_is_asked_twice_counts_twice(tmp_path: Path) -> None:
    for name, right in (("one", 5), ("two", 9)):
        run = _run(tmp_path / name, "org/small", right)
        found = Scores.load(run.path / "evaluate")
        answers = [row | {"question": "And then?"} for row in found.answers]
        Scores(found.table, answers).save(run.path / "evaluate")
    lines = compare_runs([tmp_path / "one", tmp_path / "two"])["paired"]
    assert [(line["n"], line["better"]) for line in lines if line["leaf"] == LEAVES[0]] == [(20, 4)]


def test_what_differs_is_named(folders: list[Path]) -> None:
    found = {line["what"]: line["values"] for line in compare_runs(folders[:2])["differs"]}
    assert found == {
        "models.teacher": ["org/small", "org/large"],
        "stages.responses.temperature": ["0.5", "1.8"],
    }


def test_a_file_or_model_of_one_name_that_holds_something_else_differs(tmp_path: Path) -> None:
    questions, recipe = tmp_path / "sums.jsonl", tmp_path / "mine.yaml"
    recipe.write_text(
        'models: {student: "scripted:", kept: "scripted:"}\n'
        "stages: {evaluate: {models: [student], general: false, benchmarks: {sums: sums.jsonl}}}\n"
    )
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, answer in zip(folders, ("4", "5"), strict=True):
        questions.write_text(json.dumps({"question": "Two and two?", "answer": answer}))
        Run(load_recipe(recipe), folder, Store(tmp_path / "store"), Silent()).execute()
    _edit(folders[1] / "run.json", lambda facts: facts["models"]["student"].update(identity="9f"))
    found = compare_runs(folders)["differs"]
    assert [line["what"] for line in found] == [
        "models.student (content)",
        "stages.evaluate.benchmarks.sums.path (content)",
    ]
    _edit(folders[1] / "evaluate" / "manifest.json", lambda made: made.pop("contents"))
    assert len(compare_runs(folders)["differs"]) == 1  # an older run does not say what it read


def _edit(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    facts = json.loads(file.read_text())
    change(facts)
    file.write_text(json.dumps(facts))


def test_costs_and_rows_stand_side_by_side(folders: list[Path]) -> None:
    found = compare_runs(folders[:2])
    costs = {line["what"]: line for line in found["cost"]}
    assert (costs["demonstration"]["usd"], costs["demonstration"]["n"]) == ([0.02, 0.05], [5, 18])
    assert costs["usd"]["usd"] == [0.1, 0.9]
    assert found["funnel"] == [
        {"stage": "responses", "rows": [{"rows_in": n, "kept": n} for n in (5, 18)]}
    ]


def test_it_reads_in_the_terminal_and_in_a_pull_request(folders: list[Path]) -> None:
    found = compare_runs(folders[:2])
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(terminal(found))
    printed, text = console.export_text(), markdown(found)
    for part in ("org/large", "+65 (", "13 / 0", "better beyond noise", "18 of 18"):
        assert part in printed
        assert part.replace("_", r"\_") in text
    assert "\n|---|---|---|\n" in text


def test_names_that_a_user_gave_stay_text(folders: list[Path]) -> None:
    facts = json.loads((folders[0] / "run.json").read_text())
    facts["models"]["teacher"]["ref"] = HOSTILE
    (folders[0] / "run.json").write_text(json.dumps(facts))
    assert "<script" not in markdown(compare_runs(folders[:2])).replace(r"\<", "")


def test_the_command_prints_json(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["tutelage", "compare", *map(str, folders), "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr("sys.path", ["."])
    with pytest.raises(SystemExit):
        main()
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [run["model"] for run in runs] == ["sft", "sft", "sft"]


def test_one_run_is_nothing_to_compare(folders: list[Path]) -> None:
    with pytest.raises(InputError, match="two or more"):
        compare_runs(folders[:1])
