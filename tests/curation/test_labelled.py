"""What people decided comes first: rejected rows go, edits hold, accepted rows stay."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of
from tutelage.core.by_content import counted
from tutelage.core.errors import RowsError
from tutelage.curation.filters.labelled import Labelled
from tutelage.stages import Filter

from tests.label_files import decide
from tests.stages.fakes import answered


def too_short(row: Row) -> str | None:
    """Drops answers of one word."""
    return None if " " in answer_of(row) else "short: one word"


MINE = {"use": f"{__name__}:too_short"}


def _filtered(context: Context, folder: Path, rows: list[Row], *filters: Any) -> Rows:
    return Filter(filters=[*filters, {"labelled": str(folder)}]).run(context, [Rows(rows)])


def test_a_rejected_row_goes_and_an_accepted_one_stays(context: Context, tmp_path: Path) -> None:
    rows = [answered("one", "1"), answered("two words", "2"), answered("three", "3")]
    decide(tmp_path, rows[0], "accept")
    decide(tmp_path, rows[1], "reject", note="wrong port")
    made = _filtered(context, tmp_path, rows, MINE)
    assert [row["id"] for row in made.kept] == ["1"]
    reasons = {row["id"]: row["reason"] for row in made.rejected}
    assert reasons == {"2": "labelled: rejected by ana: wrong port", "3": "short: one word"}
    assert made.stats["labelled"] == {"decisions": 2, "accepted": 1, "rejected": 1}
    words = {row["id"]: [(w["by"], w["keep"]) for w in row["verdicts"]] for row in made.rejected}
    assert words["2"] == [("labelled", False), (MINE["use"], True)]  # it is measured all the same


def test_an_edit_takes_the_place_of_the_answer(context: Context, tmp_path: Path) -> None:
    rows = [answered("wrong", "1")]
    decide(tmp_path, rows[0], "edit", edit="26 crowns")
    made = _filtered(context, tmp_path, rows)
    assert [answer_of(row) for row in made.kept] == ["26 crowns"]
    again = _filtered(context, tmp_path, made.kept)  # a later stage sees the corrected row
    assert again.stats["labelled"]["accepted"] == 1


def test_a_decision_is_on_what_the_row_said(context: Context, tmp_path: Path) -> None:
    decide(tmp_path, answered("old words", "1"), "reject")
    made = _filtered(context, tmp_path, [answered("new words", "1")])
    assert len(made.kept) == 1
    assert made.stats["labelled"] == {"decisions": 1, "accepted": 0, "rejected": 0}


def test_people_do_not_overrule_what_compares_rows(context: Context, tmp_path: Path) -> None:
    rows = [answered("one answer", "1"), answered("one answer", "2")]
    for row in rows:
        decide(tmp_path, row, "accept")
    made = _filtered(context, tmp_path, rows, "exact_duplicate")
    assert [row["id"] for row in made.kept] == ["1"]


@pytest.mark.parametrize(("verdict", "kept"), [("left", ["worse"]), ("tie", [])])
def test_a_vote_turns_a_pair_or_drops_it(
    context: Context, tmp_path: Path, verdict: str, kept: list[str]
) -> None:
    turns = {name: [{"role": "assistant", "content": name}] for name in ("better", "worse")}
    pair = answered("", "1") | {"chosen": turns["better"], "rejected": turns["worse"]}
    del pair["completion"]
    chosen = {"chosen": "worse", "rejected": "better"} if verdict == "left" else {}
    decide(tmp_path, pair, verdict, **chosen)
    made = _filtered(context, tmp_path, [pair])
    assert [row["chosen"][0]["content"] for row in made.kept] == kept


def test_only_decisions_count_for_a_key(tmp_path: Path) -> None:
    rows = [answered("one", "1"), answered("two", "2")]
    keys = []
    for seconds in (1.0, 2.0):
        decide(tmp_path / str(seconds), rows[0], "accept", seconds=seconds)
        keys.append(counted(Labelled(labels=[tmp_path / str(seconds)])))
    assert keys[0] == keys[1]
    decide(tmp_path / "2.0", rows[1], "reject")
    assert counted(Labelled(labels=[tmp_path / "2.0"])) != keys[0]


def test_missing_labels_are_named_with_what_writes_them(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match=r"labels\.jsonl: no labels there; `tutelage review RUN`"):
        Filter(filters=[{"labelled": str(tmp_path)}]).identity()
