"""What the report says of generation: leaves with too few rows, and how far judges agree."""

import json
from pathlib import Path

from tutelage.core.artifacts import Rows
from tutelage.report.write_report import write_report

from tests.report.handmade import HOSTILE, HandMade

SHORT = {
    "leaf": "knowledge/a",
    "wanted": 40,
    "accepted": 31,
    "asked": 320,
    "why": "the attempts are used up",
    "rejected": {"judged faithful": 200, HOSTILE: 2},
    "cells": [{"cell": "passage:1", "wanted": 4, "accepted": 0, "asked": 9, "rejected": {}}],
}
AGREEMENT = {"rubric": "pair", "n": 50, "unparsable": 1, "same": 0.8, "kappa": 0.62}


def test_what_fell_short_and_how_far_the_judge_agrees_is_told(tmp_path: Path) -> None:
    made = HandMade(tmp_path / "run")
    judge = {"grades": {"pair": {"3": 40, "1": 9}}, "agreement": AGREEMENT}
    row = {"id": "1", "leaf": "knowledge/a", "parents": []}
    made.stage("made", Rows([row], stats={"short": [SHORT], "judge": judge}), {}, [])
    write_report(made.path)
    report = json.loads((made.path / "report.json").read_text(encoding="utf-8"))
    (short,) = report["short"]
    assert (short["stage"], short["accepted"], short["cells"]) == ("made", 31, 1)
    (said,) = report["judges"]
    assert said["agreement"]["kappa"] == 0.62
    page = (made.path / "report.html").read_text(encoding="utf-8")
    assert "the attempts are used up" in page
    assert "kappa 0.62 on 50 labels" in page
    assert HOSTILE not in page
    text = (made.path / "report.md").read_text(encoding="utf-8")
    assert (
        "Fewer rows than wanted: made, knowledge/a: 31 of 40 rows, the attempts are used up."
        in text
    )


FIGURES = {
    "prompts": 20,
    "attempts": 80,
    "right": 30,
    "prompts_solved": 14,
    "rationalised": 2,
    "no_steps": 5,
    "mixed_languages": 0,
    "right_then_wrong": 7,
    "switches_right": 0.25,
    "switches_wrong": 1.5,
}


def test_how_reasoned_attempts_failed_is_on_page_and_summary(tmp_path: Path) -> None:
    made = HandMade(tmp_path / "run")
    row = {"id": "1", "leaf": "knowledge/a", "parents": []}
    made.stage("worked", Rows([row], stats={"reasoning": FIGURES}), {}, [])
    none = FIGURES | {"attempts": 0, "right": 0, "switches_right": None, "switches_wrong": None}
    made.stage("idle", Rows([row | {"id": "2"}], stats={"reasoning": none}), {}, [])
    write_report(made.path)
    report = json.loads((made.path / "report.json").read_text(encoding="utf-8"))
    (found,) = report["reasoning"]
    assert (found["stage"], found["right"]) == ("worked", 30)
    for name in ("report.html", "report.md"):
        text = (made.path / name).read_text(encoding="utf-8")
        assert "30 of 80 attempts were right (38%); 14 of 20 prompts have a right answer." in text
        assert "7 of 50 wrong attempts had the right answer on the way" in text
        assert "0.2 in a right attempt, 1.5 in a wrong one" in text
        assert "mixed languages" not in text


def test_what_rewriting_talks_and_tools_came_to_is_told(tmp_path: Path) -> None:
    made = HandMade(tmp_path / "run")
    row = {"id": "1", "leaf": "knowledge/a", "parents": []}
    length = {"before": 12.0, "after": 7.0}
    rewrite = {"way": "simplify", "given": 4, "rewritten": 3, "mean_words": length}
    for stage, stats in (
        ("simple", {"rewrite": rewrite}),
        ("talks", {"converse": {"stopped": {"the turns are used up": 2, HOSTILE: 1}}}),
        ("traces", {"tools": {"by_tool": {"tide": 5, "none": 1}}}),
        ("untouched", {"tools": {"by_tool": {}}}),
    ):
        made.stage(stage, Rows([row], stats=stats), {}, [])
    write_report(made.path)
    report = json.loads((made.path / "report.json").read_text(encoding="utf-8"))
    words = {one["stage"]: one["words"] for one in report["writing"]}
    assert words["simple"] == (
        "3 of 4 rows were written anew by `simplify` (75%); their length went from 12 to 7 words."
    )
    assert words["talks"].startswith("3 conversations, which ended because of: the turns are used")
    assert words["traces"] == "Traces that call a tool: tide (5); that rightly call none: 1."
    assert words["untouched"].startswith("Traces that call a tool: none;")
    page = (made.path / "report.html").read_text(encoding="utf-8")
    assert "the turns are used up (2)" in page and HOSTILE not in page
    assert "tide (5)" in (made.path / "report.md").read_text(encoding="utf-8")
