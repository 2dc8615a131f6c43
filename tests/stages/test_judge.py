"""The judge's stage: every row in is a row out, with the verdict, its rationale and its key."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, question_of
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError, RowsError
from tutelage.models.chat import Message
from tutelage.stages import Judge
from tutelage.taxonomy.leaf import Taxonomy

from tests.judging import judges
from tests.label_files import decide
from tests.stages.fakes import PASSAGE, answered, scripted

LONG = "25 crowns for one night, paid at the office"
RUBRIC = "scale: {0: bad, 1: good}\nprompt: '{% call user() %}{{ answer }}{% endcall %}'"


def test_rows_below_the_mark_are_rejected_with_grade_and_rationale(
    context: Context, taxonomy: Taxonomy
) -> None:
    given = Rows([answered(LONG, "1"), answered("25", "2")])
    judge = scripted("by_length", judges.__name__)
    made = Judge(rubrics=["pair"]).run(context, given, judge, taxonomy)
    assert [row["id"] for row in made.kept] == ["1"]
    (rejected,) = made.rejected
    assert rejected["reason"] == "judged pair: 1 of 3: I counted. Grade: 1"
    (verdict,) = rejected["verdicts"]
    assert (verdict["by"], verdict["keep"], verdict["grade"]) == ("judge pair", False, 1)
    assert verdict["rationale"] == "I counted.\nGrade: 1"
    (key,) = verdict["keys"]
    asked = context.journal.show(key)
    assert asked is not None
    assert "Facts about the harbour of Elsmere." in asked["messages"][-1]["content"]
    assert made.stats["judge"]["grades"] == {"pair": {"3": 1, "1": 1}}
    assert "verdicts" not in given.kept[0]


def test_a_rejected_row_is_not_judged_by_the_next_rubric(context: Context) -> None:
    given = Rows([answered(LONG, "1", context=PASSAGE), answered("25", "2", context=PASSAGE)])
    stage = Judge(rubrics=["pair", "faithful"])
    made = stage.run(context, given, scripted("by_length", judges.__name__))
    assert made.stats["judge"]["grades"] == {
        "pair": {"3": 1, "1": 1},
        "faithful": {"unparsable": 1},  # 3 is no grade of that scale
    }
    assert [row["reason"].partition(":")[0] for row in made.rejected] == [
        "judged pair",
        "judge unparsable",
    ]


def test_a_rubric_about_the_passage_leaves_rows_without_one(context: Context) -> None:
    stage = Judge(rubrics=["faithful"])
    told: list[str] = []
    object.__setattr__(context.progress, "say", told.append)
    made = stage.run(context, Rows([answered(LONG)]), scripted("rambling", judges.__name__))
    assert (len(made.kept), context.ledger.total().requests) == (1, 0)
    assert made.stats["judge"]["grades"] == {"faithful": {"no context": 1}}
    assert told == [
        "stage: 1 of 1 rows have no `context`, which rubric 'faithful' needs: "
        "kept, but not graded by it"
    ]


def test_the_mark_can_be_moved(context: Context) -> None:
    given, judge = Rows([answered("25")]), scripted("by_length", judges.__name__)
    assert len(Judge(rubrics=["pair"], keep=1).run(context, given, judge).kept) == 1
    with pytest.raises(RecipeError, match="`keep` must be a grade"):
        Judge(rubrics=["pair"], keep=4).check(None)
    with pytest.raises(RecipeError, match="single rubric"):
        Judge(rubrics=["pair", "relevant"], keep=1).check(None)


def test_agreement_with_people_is_reported(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    labels = [(LONG, 3), ("25", 1), ("30", 2)]
    lines = [json.dumps({"question": "What?", "answer": a, "grade": g}) for a, g in labels]
    file.write_text("\n".join(lines), encoding="utf-8")
    stage = Judge(rubrics=["pair"], labels=file)
    made = stage.run(context, Rows([]), scripted("by_length", judges.__name__))
    measured = made.stats["judge"]["agreement"]
    assert (measured["rubric"], measured["n"], measured["unparsable"]) == ("pair", 3, 0)
    assert measured["same"] == pytest.approx(2 / 3)
    assert measured["kappa"] == pytest.approx(0.8)


ASKED: list[str] = []


def kept_in_mind(messages: tuple[Message, ...], seed: int) -> str:
    """Grades 3, and remembers what it was asked."""
    ASKED.append(messages[-1]["content"])
    return "So be it.\nGrade: 3"


def test_labels_are_asked_about_as_rows_are(
    context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    row = answered(LONG)
    label = {"leaf": row["leaf"], "question": question_of(row), "answer": LONG, "grade": 3}
    labels = [label, label | {"task": "Facts about boats."}]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    ASKED.clear()
    stage = Judge(rubrics=["pair"], labels=file)
    stage.run(context, Rows([row]), scripted("kept_in_mind", __name__), taxonomy)
    assert len(set(ASKED)) == 2
    assert "Facts about the harbour of Elsmere." in ASKED[0]
    assert "Facts about boats." in ASKED[-1]


def _mine(folder: Path, **fields: Any) -> Judge:
    """The stage as a recipe in a folder would have it, with a rubric beside it."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_text(RUBRIC, encoding="utf-8")
    return parse(Judge, {"rubrics": ["mine.yaml"]} | fields, folder / "recipe.yaml")


def test_own_files_stand_beside_the_recipe_and_count_by_content(tmp_path: Path) -> None:
    here, there = _mine(tmp_path / "a"), _mine(tmp_path / "b")
    here.check(None)
    assert here.identity() == there.identity()
    text = RUBRIC.replace("good", "better")
    (tmp_path / "b" / "mine.yaml").write_text(text, encoding="utf-8")
    assert here.identity() != there.identity()
    with pytest.raises(RowsError, match=r"labels\.jsonl: no such file"):
        _mine(tmp_path / "a", labels="labels.jsonl").check(None)


def test_people_calibrate_a_judge_and_outrank_it(context: Context, tmp_path: Path) -> None:
    rows = [answered(LONG, "1"), answered("25", "2"), answered("26", "3"), answered("9", "4")]
    for row, verdict in zip(rows[:3], ("reject", "accept", "reject"), strict=True):
        file = decide(tmp_path, row, verdict)
    decide(tmp_path, rows[3], "accept", blind=False)
    judge = scripted("by_length", judges.__name__)
    made = Judge(rubrics=["pair"], labels=file).run(context, Rows(rows), judge)
    assert sorted(row["id"] for row in made.kept) == ["2", "4"]
    reasons = {row["id"]: row["reason"].partition(":")[0] for row in made.rejected}
    assert reasons == {"1": "labelled", "3": "labelled"}
    agreed = made.stats["judge"]["agreement"]
    assert (agreed["n"], agreed["over"]) == (3, "keep or drop")
    assert agreed["same"] == pytest.approx(1 / 3)


def test_decisions_with_verdicts_in_sight_calibrate_nobody(tmp_path: Path) -> None:
    file = decide(tmp_path, answered(LONG, "1"), "accept", blind=False)
    with pytest.raises(RowsError, match="without verdicts in sight"):
        Judge(rubrics=["pair"], labels=file).check(None)
