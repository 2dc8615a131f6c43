"""Rows that users bring: TRL's columns, as text or as turns, with or without a prompt."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.config import parse
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows
from tutelage.stages.read import Read


def file(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


def test_texts_become_turns(tmp_path: Path) -> None:
    (row,) = load_rows(file(tmp_path, {"prompt": "Why?", "chosen": "So.", "rejected": "No."}))
    assert row["prompt"] == [turn("user", "Why?")]
    assert row["chosen"] == [turn("assistant", "So.")]
    assert (row["leaf"], row["parents"]) == ("*", [])
    assert row["id"].startswith("row:")


def test_a_preference_without_a_prompt_gets_what_both_sides_begin_with(tmp_path: Path) -> None:
    asked = [turn("user", "Why?")]
    chosen, rejected = [turn("assistant", "So.")], [turn("assistant", "No.")]
    path = file(tmp_path, {"chosen": asked + chosen, "rejected": asked + rejected})
    (row,) = load_rows(path)
    assert (row["prompt"], row["chosen"], row["rejected"]) == (asked, chosen, rejected)


SYSTEM, ASKED = turn("system", "Be brief."), turn("user", "Why?")


@pytest.mark.parametrize(
    ("prompt", "begun"),
    [
        ("Why?", [ASKED]),
        ([ASKED], [SYSTEM, ASKED]),
        ("Why?", [ASKED, turn("assistant", "What?"), turn("user", "That.")]),
    ],
)
def test_sides_that_say_the_prompt_again_are_left_with_their_answers(
    tmp_path: Path, prompt: Any, begun: list[dict[str, str]]
) -> None:
    sides = {"chosen": [*begun, turn("assistant", "So.")]}
    sides["rejected"] = [*begun, turn("assistant", "No.")]
    (row,) = load_rows(file(tmp_path, {"prompt": prompt} | sides))
    assert row["prompt"] == begun
    assert row["chosen"] == [turn("assistant", "So.")]
    assert row["rejected"] == [turn("assistant", "No.")]


def test_sides_that_go_on_from_the_prompt_stay_as_they_are(tmp_path: Path) -> None:
    sides = [[turn("assistant", "Well?"), ASKED, turn("assistant", text)] for text in "ab"]
    given = {"prompt": [ASKED], "chosen": sides[0], "rejected": sides[1]}
    (row,) = load_rows(file(tmp_path, given))
    assert {name: row[name] for name in given} == given


def test_a_preference_for_neither_side_keeps_both_answers(tmp_path: Path) -> None:
    both = [ASKED, turn("assistant", "So.")]
    (row,) = load_rows(file(tmp_path, {"chosen": both, "rejected": both}))
    assert (row["prompt"], row["chosen"], row["rejected"]) == ([ASKED], both[1:], both[1:])


def test_every_row_has_an_id_of_its_own_as_text(tmp_path: Path) -> None:
    ids = [7, "7", None, "7#2", "7"]
    rows = load_rows(file(tmp_path, *({"id": name, "prompt": "Why?"} for name in ids)))
    assert [row["id"] for row in rows if row["id"][0] == "7"] == ["7", "7#2", "7#2#2", "7#3"]
    assert rows[2]["id"].startswith("row:")


def test_a_row_of_something_else_is_named(tmp_path: Path) -> None:
    path = file(tmp_path, {"prompt": "Why?"}, {"question": "Why?"})
    with pytest.raises(RowsError, match=r"rows\.jsonl:2: needs TRL's columns"):
        load_rows(path)


def test_a_recipe_reads_a_file_beside_it_by_content(context: Context, tmp_path: Path) -> None:
    places = [tmp_path / "a", tmp_path / "b"]
    for place in places:
        place.mkdir()
        file(place, {"messages": [turn("user", "Why?"), turn("assistant", "So.")]})
    stages = [parse(Read, {"file": "rows.jsonl"}, place / "recipe.yaml") for place in places]
    assert stages[0].identity() == stages[1].identity()
    assert len(stages[0].run(context).kept) == 1
    file(places[1], {"prompt": "Why?"})
    assert stages[0].identity() != stages[1].identity()
    with pytest.raises(RowsError, match="no such file"):
        Read(file=Path("missing.jsonl")).check(None)
