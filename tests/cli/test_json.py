"""`--json` on every command: stdout is one JSON object, also of an error."""

import inspect
import json
from typing import Any

import pytest
from tutelage.cli.app import COMMANDS, app
from tutelage.cli.journal_command import journal

from tests.cli.test_cli import Tutelage, place, tutelage

__all__ = ["place", "tutelage"]


def shown(tutelage: Tutelage, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints with --json."""
    ended = tutelage(*words, "--json")
    assert ended.code == code, ended.err
    found = json.loads(ended.out)
    assert isinstance(found, dict)
    return found


def test_every_command_has_it() -> None:
    commands = [*app.registered_commands, *journal.registered_commands]
    assert len(commands) == len(COMMANDS) + 2
    for command in commands:
        assert command.callback is not None
        assert "as_json" in inspect.signature(command.callback).parameters


def test_a_run_and_what_it_made(tutelage: Tutelage) -> None:
    ran = shown(tutelage, "run", "mine.yaml")
    assert ran["run"] == "runs/mine" and ran["report.html"].endswith("report.html")
    assert shown(tutelage, "show", "mine")["funnel"]
    stage = shown(tutelage, "show", "mine", "asked", "--rows", "2")
    assert len(stage["kept"]) == 2 and stage["manifest"]["use"].endswith(":Filter")
    row = shown(tutelage, "show", "mine", stage["kept"][0]["id"])
    assert row["status"] == "kept" and row["history"][0]["trace"]["model"] == "teacher"
    assert shown(tutelage, "compare", "mine", "mine")["runs"]


def test_journals(tutelage: Tutelage) -> None:
    tutelage("run", "mine.yaml")
    assert shown(tutelage, "journal", "export", "mine", "--out", "out.jsonl")["answers"] > 0
    assert shown(tutelage, "journal", "prune", "runs/.store", "--model", "scripted:")["deleted"] > 0


def test_rows_stages_and_recipes(tutelage: Tutelage) -> None:
    assert shown(tutelage, "rows", "rows.jsonl")["rows"] == 1
    assert len(shown(tutelage, "rows", "rows.jsonl", "--to", "openai")["rows"]) == 1
    assert shown(tutelage, "rows", "rows.jsonl", "--to", "trl", "--out", "a.jsonl")["written"]
    made = shown(tutelage, "stage", "filter", "--in", "rows=rows.jsonl", "--out", "out")
    assert made["manifest"]["use"].endswith(":Filter")
    assert {one["name"] for one in shown(tutelage, "stage")["stages"]} >= {"filter", "sft"}
    about = shown(tutelage, "stage", "filter")
    assert "filters" in about["fields"]["properties"] and about["inputs"][0]["name"] == "rows"
    names = [one["name"] for one in shown(tutelage, "recipes")["recipes"]]
    assert "smoke" in names
    assert shown(tutelage, "recipes", "--copy", "smoke", "--to", "here")["written"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lint",), "TAXONOMY"),
        (("improve", "mine.yaml", "--until", "never"), "never"),
        (("improve", "mine.yaml", "--until-never"), "--until-never"),
        (("lnt",), "lnt"),
    ],
)
def test_a_wrong_command_line_is_json_too(
    tutelage: Tutelage, words: tuple[str, ...], said: str
) -> None:
    ended = tutelage(*words, "--json")
    found = json.loads(ended.out)
    assert (ended.code, found["exit_code"]) == (2, 2) and said in found["error"]
    assert ended.err.startswith("error: ")


@pytest.mark.parametrize("words", [("run", "none.yaml"), ("show", "none"), ("rows", "none.jsonl")])
def test_an_error_is_json_too(tutelage: Tutelage, words: tuple[str, ...]) -> None:
    found = shown(tutelage, *words, code=2)
    assert found["exit_code"] == 2 and "none" in found["error"]


def test_a_plan_with_problems_is_one_object(tutelage: Tutelage, place: Any) -> None:
    recipe = (
        "taxonomy: tree\nmodels: {teacher: 'http://127.0.0.1:1/v1#x'}\nstages: {instructions: {}}\n"
    )
    (place / "bad.yaml").write_text(recipe, encoding="utf-8")
    assert shown(tutelage, "plan", "bad.yaml", code=2)["problems"]
