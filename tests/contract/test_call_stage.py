"""A stage is called with rows, models and folders as people have them."""

import json
from pathlib import Path
from typing import Any, assert_type

import pytest
import tutelage
from tutelage.stages import Evaluate, Filter, Instructions, Judge, Mix, RandomStudent, Responses
from tutelage.taxonomy.leaf import Taxonomy

ECHO = "scripted:tests.stages.fakes:echo"
ROWS: list[dict[str, Any]] = [
    {"prompt": "Why?", "completion": "Because."},
    {"prompt": "why", "completion": "because"},
    {"prompt": "How?", "completion": "So."},
]


def questions(rows: tutelage.Rows) -> list[str]:
    return [tutelage.question_of(row) for row in rows.kept]


def test_plain_rows_go_in_and_rows_come_out() -> None:
    made = assert_type(Filter(filters=["exact_duplicate"])(ROWS), tutelage.Rows)
    assert questions(made) == ["Why?", "How?"]
    assert [row["reason"].split(":")[0] for row in made.rejected] == ["exact_duplicate"]
    assert "id" not in ROWS[0], "the caller's rows stay as they were"


@pytest.mark.parametrize("kind", ["file", "path", "dataset", "rows", "folder", "generator"])
def test_rows_are_taken_in_every_form(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    tutelage.Rows(tutelage.load_rows(file)).save(tmp_path)
    forms: dict[str, Any] = {
        "file": str(file),
        "path": file,
        "rows": tutelage.Rows(tutelage.load_rows(file)),
        "folder": tmp_path,
        "generator": (row for row in ROWS),
    }
    if kind == "dataset":
        forms[kind] = pytest.importorskip("datasets").Dataset.from_list(ROWS)
    assert questions(Filter(filters=["exact_duplicate"])(forms[kind])) == ["Why?", "How?"]


def test_several_parts_are_told_from_the_rows_of_one() -> None:
    made = Filter(filters=["exact_duplicate"])([ROWS[:1], tutelage.Rows([]), ROWS])
    assert questions(made) == ["Why?", "How?"]
    assert questions(Mix()([ROWS[:1], ROWS[2:]])) == ["Why?", "How?"]
    assert questions(Filter()([])) == []


def test_a_model_is_named_by_its_reference() -> None:
    by_text = Responses(help="none")([{"prompt": "Why?"}], ECHO)
    by_settings = Responses(help="none")(
        rows=[{"prompt": "Why?"}], model={"ref": ECHO, "in_flight": 2}
    )
    assert [tutelage.answer_of(row) for row in by_text.kept + by_settings.kept] == ["Why?"] * 2


def test_a_folder_keeps_the_result_and_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, folder = [{"prompt": "Why?"}], tmp_path / "answered"
    Responses(help="none")(asked, ECHO, folder=folder)
    monkeypatch.setattr("tests.stages.fakes.echo", lambda messages, seed: "asked twice")
    Responses(help="none")(asked, ECHO, folder=folder)
    assert [tutelage.answer_of(row) for row in tutelage.Rows.load(folder).kept] == ["Why?"]


def test_a_taxonomy_is_named_by_its_folder(taxonomy: Taxonomy, tmp_path: Path) -> None:
    by_folder = Instructions(per_sample=1)(str(taxonomy.folder), "scripted:", quiet=True)
    loaded = tutelage.load_taxonomy(str(taxonomy.folder))
    assert by_folder.kept
    assert Instructions(per_sample=1)(loaded, "scripted:").kept == by_folder.kept


def test_a_checkpoint_stays_where_it_is_made_and_is_a_model(taxonomy: Taxonomy) -> None:
    student = RandomStudent()(taxonomy)
    assert (student.folder / "config.json").exists()
    made = Responses(help="none", max_tokens=2)([{"prompt": "Why?"}], student)
    assert len(made.kept + made.rejected) == 1


def test_models_of_one_name_are_refused(taxonomy: Taxonomy) -> None:
    with pytest.raises(tutelage.InputError, match="given twice"):
        Evaluate()(["scripted:", "scripted:"], taxonomy)


@pytest.mark.parametrize(
    ("inputs", "named", "message"),
    [
        ((), {}, r"Judge: input 'rows' \(Rows\) is required"),
        ((ROWS,), {}, r"Judge: input 'judge' \(Model\) is required"),
        ((ROWS,), {"jugde": "scripted:"}, "Judge: no input 'jugde'; did you mean 'judge'"),
        ((ROWS, "scripted:", None, 1), {}, "Judge: 4 inputs given, takes rows, judge, taxonomy"),
        ((ROWS,), {"rows": ROWS}, "Judge: input 'rows' is given twice"),
        ((7, "scripted:"), {}, "rows: give a list of rows, .* not int"),
        (([7], "scripted:"), {}, "rows: row 1: a row must be"),
        (([{"words": "x"}], "scripted:"), {}, "rows: row 1: needs TRL's columns"),
        (([{"prompt": [{"role": "user"}]}], "scripted:"), {}, "a turn of user needs `content`"),
        ((ROWS, "gpt"), {}, "'gpt' is no model reference"),
        ((ROWS, {"reff": "scripted:"}), {}, "judge: reff: unknown key 'reff'; did you mean 'ref'"),
        ((ROWS, "scripted:", 3), {}, "taxonomy: give Taxonomy or its folder, not int"),
        ((ROWS, "scripted:", "nosuch"), {}, "nosuch: no such taxonomy folder"),
        (("nosuch.jsonl", "scripted:"), {}, "nosuch.jsonl: no such file"),
    ],
)
def test_a_wrong_input_is_named(
    inputs: tuple[Any, ...], named: dict[str, Any], message: str
) -> None:
    with pytest.raises(tutelage.InputError, match=message):
        Judge(rubrics=["helpful"])(*inputs, **named)
