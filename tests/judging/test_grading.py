"""Grading: the rationale comes first, the verdict is read strictly, people's labels are held up."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.errors import RowsError
from tutelage.judging.agreement import agreement
from tutelage.judging.grading import Item, grade, read_labels
from tutelage.judging.rubric import load_rubric
from tutelage.judging.verdict_form import read_verdict

from tests.judging import judges
from tests.stages.fakes import scripted

LONG = "Twenty-five crowns for one night, paid at the office."
PAIR = load_rubric("pair")
WORDS = ("1", "2", "3")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("It is right.\nGrade: 3", "3"),
        ("It is right.\n\n**Grade:** 2.\n", "2"),
        ("Right.\ngrade: `1`", "1"),
        ("Grade: 3", None),
        ("It is right. Grade: 3", None),
        ("It is right.\nGrade: 4", None),
        ("It is right.\nGrade: 3/3", "3"),
        ("It is right.\nGrade: 2/3", "2"),
        ("It is right.\nGrade: 3 out of 3.", "3"),
        ("It is right.\nGrade: **3**", "3"),
        ("It is right.\nGrade: [3]", "3"),
        ("It is right.\n[3]", "3"),
        ("It is right.\n[[3]]", "3"),
        ("对。\nGrade：３", "3"),
        ("It is right.\nGrade: 3.0", "3"),
        ("It is right.\nFinal grade: 3", "3"),
        ("It is right.\n- Score: 3", "3"),
        ("It is right.\nGrade: $\\boxed{3}$", "3"),
        ("It is right.\nGrade: 3 = correct, complete and clear, as an expert would", "3"),
        ("It is right.\nGrade: 3 (all 5 facts are there)", "3"),
        ("```\nIt is right.\nGrade: 3\n```", "3"),
        ('```json\n{"rationale": "It is right.", "grade": 3}\n```', "3"),
        ('It is right.\n{"grade": "3/3"}', "3"),
        ('{\n  "reason": "Right.",\n  "score": 2\n}', "2"),
        ("Grade: 3 at first sight.\nIt is right.\nGrade: 3", "3"),
        ('{"grade": 3}', None),
        ('{"why": "x", "grade": 3, "score": 2}', None),
        ('{"why": "x", "grade": true}', None),
        ("It is right.\nGrade: 3/5", None),
        ("It is right.\nGrade: 2-3", None),
        ("It is right.\nGrade: 2 or 3", None),
        ("It is right.\nGrade: 3 (not 2)", None),
        ("It is right.\nGrade: 2.5", None),
        ("It is right.\nGrade: -3", None),
        ("It is right.\nGrade: good", None),
        ("It is right.\nGrade: 12", None),
        ("Grade: 1\nIt is right.\nGrade: 3", None),
        ("It is right.\nGrade: 3\nOr is it?", None),
        ("", None),
    ],
)
def test_a_verdict_is_the_last_line_after_a_rationale(reply: str, verdict: str | None) -> None:
    found = read_verdict(reply, "Grade", WORDS)
    assert found.word == verdict
    assert bool(found.problem) == (verdict is None)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("One says more.\nBetter: A", "A"),
        ("One says more.\n**Better: Answer B**", "B"),
        ("One says more.\nBetter：[[B]]", "B"),
        ("One says more.\n[[A]]", "A"),
        ("Both are fine.\nBetter: Tie.", "tie"),
        ('{"rationale": "More.", "better": "b"}', "B"),
        ("One says more.\nBetter: A or B", None),
        ("One says more.\nBetter: A, as B is wrong", None),
        ("One says more.\nBetter: Apples", None),
        ("One says more.\nBetter: the first", None),
    ],
)
def test_a_preference_is_read_where_it_can_mean_one_thing(reply: str, verdict: str | None) -> None:
    assert read_verdict(reply, "Better", ("A", "B", "tie")).word == verdict


def test_what_a_judge_reasoned_is_its_rationale() -> None:
    assert read_verdict("Grade: 3", "Grade", WORDS, explained=True).word == "3"
    assert read_verdict('{"grade": 3}', "Grade", WORDS, explained=True).word == "3"


def test_each_item_has_its_grade_and_the_key_of_the_reply(context: Context) -> None:
    items = [Item("a", "leaf", "What?", LONG), Item("b", "leaf", "What?", "25")]
    found = grade(context, scripted("by_length", judges.__name__), PAIR, items)
    assert {name: given.score for name, given in found.items()} == {"a": 3, "b": 1}
    entry = context.journal.show(found["a"].key)
    assert entry is not None
    assert entry["text"] == found["a"].rationale
    (used,) = context.ledger.entries()
    assert (used.leaf, used.usage.requests) == ("leaf", 2)


def test_a_reply_that_cannot_be_read_is_drawn_once_more(context: Context) -> None:
    item = Item("a", "leaf", "What?", LONG)
    given = grade(context, scripted("second_thoughts", judges.__name__), PAIR, [item])
    assert given["a"].score == 3
    assert context.ledger.total().requests == 2
    given = grade(context, scripted("rambling", judges.__name__), PAIR, [item])
    assert given["a"].score is None
    assert context.ledger.total().requests == 4


def test_labels_of_people_are_items_with_their_grades(context: Context, tmp_path: Path) -> None:
    rows = [
        {"question": "What?", "answer": LONG, "grade": 3},
        {"prompt": "What?", "completion": "25", "grade": 2},
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    items, labels = read_labels(file, PAIR)
    assert [item.answer for item in items] == [LONG, "25"]
    given = grade(context, scripted("by_length", judges.__name__), PAIR, items)
    measured = agreement(given, labels, PAIR.nearest_grade)
    assert (measured.n, measured.unparsable, measured.same) == (2, 0, 0.5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"answer": "A", "grade": 3}, "row 1 has no `prompt`, `messages` or `question`"),
        ({"question": "A?", "grade": 4}, "row 1: `grade` is 4, not one of 1, 2, 3"),
        ({"question": "A?"}, "row 1: `grade` is None"),
        ({"question": "A?", "grade": True}, "row 1: `grade` is True"),
    ],
)
def test_a_wrong_label_is_named(tmp_path: Path, row: dict[str, object], said: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(RowsError, match=said):
        read_labels(file, PAIR)


def test_a_label_without_the_passage_that_a_rubric_needs_is_named(tmp_path: Path) -> None:
    rows = [{"question": "A?", "answer": "a", "grade": 1, "context": text} for text in ("A a.", "")]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(RowsError, match="row 2 has no `context`, on which 'faithful' rests"):
        read_labels(file, load_rubric("faithful"))
