"""The rl recipes' prompts: what their script writes, and apart from what they are examined by."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import rl_tasks

FOLDER = Path(__file__).parents[2] / "recipes" / "rl"
FILES = sorted(file.stem for file in FOLDER.glob("*.jsonl"))


def lines(name: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    text = (folder / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_files_are_what_the_script_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rl_tasks, "FOLDER", tmp_path)
    rl_tasks.main()
    assert len(FILES) == 7
    for name in FILES:
        assert lines(name, tmp_path) == lines(name)


def test_nothing_that_is_trained_on_is_asked_in_the_exam() -> None:
    of_prompts = [name for name in FILES if name.endswith("_prompts")]
    trained = {row["prompt"][0]["content"] for name in of_prompts for row in lines(name)}
    exams = {*FILES} - {*of_prompts, "demands_seeds"}
    asked = {row["question"] for name in exams for row in lines(name)}
    assert len(trained) == 240
    assert len(asked) == 228
    assert trained.isdisjoint(asked)
    assert asked.isdisjoint(row["question"] for row in lines("demands_seeds"))
    pairs = {tuple(row["attributes"].values()) for row in rl_tasks.replies(held_out=False)}
    assert pairs.isdisjoint(tuple(r["attributes"].values()) for r in rl_tasks.replies(True))
