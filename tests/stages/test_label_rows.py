"""People's decisions as rows to train on."""

from pathlib import Path

import pytest
from tutelage.core.artifacts import Rows, answer_of, question_of
from tutelage.core.errors import RowsError
from tutelage.core.labels import LABELS, Label, add_label
from tutelage.stages import LabelRows, Pairs
from tutelage.taxonomy.leaf import Taxonomy

from tests.label_files import decide
from tests.stages.fakes import QUESTION, answered


def _vote(folder: Path, question: str, *, blind: bool = True) -> None:
    asked = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": question}]
    label = Label(
        row=f"chat:{question}",
        content="c",
        verdict="left",
        rater="ana",
        seconds=3.0,
        blind=blind,
        chosen="25 crowns",
        rejected="Nothing.",
        prompt=asked,
        question=question,
    )
    add_label(folder / LABELS, label)


def test_blind_votes_and_edits_are_pairs(tmp_path: Path) -> None:
    _vote(tmp_path, "What does it cost?")
    _vote(tmp_path, "What did I see?", blind=False)
    decide(tmp_path, answered("old", "7"), "edit", edit="new")
    vote, edit = LabelRows(file=tmp_path)().kept
    assert [turn["role"] for turn in vote["prompt"]] == ["system", "user"]
    texts = [[row[side][0]["content"] for side in ("chosen", "rejected")] for row in (vote, edit)]
    assert texts == [["25 crowns", "Nothing."], ["new", "old"]]
    assert edit["parents"] == ["7"]


def test_accepted_and_edited_answers_are_demonstrations(tmp_path: Path) -> None:
    for name, verdict, more in (
        ("1", "accept", {}),
        ("2", "reject", {}),
        ("3", "edit", {"edit": "x"}),
    ):
        decide(tmp_path, answered(f"answer {name}", name), verdict, **more)
    rows = LabelRows(file=tmp_path / LABELS, rows="answers")().kept
    assert [(question_of(row), answer_of(row)) for row in rows] == [
        (QUESTION, "answer 1"),
        (QUESTION, "x"),
    ]


def test_a_vote_on_a_held_out_question_is_dropped_by_pairs(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    held = next(one for leaf in taxonomy.leaves for one in leaf.eval_examples).request
    _vote(tmp_path, held)
    _vote(tmp_path, "Which colour has the ferry to Nordkai?")
    made = Pairs()([LabelRows(file=tmp_path)()], taxonomy=taxonomy)
    assert isinstance(made, Rows)
    assert [question_of(row) for row in made.kept] == ["Which colour has the ferry to Nordkai?"]
    assert (
        "held-out" in made.rejected[0]["reason"] or "decontaminated" in made.rejected[0]["reason"]
    )


def test_labels_without_any_pair_are_named(tmp_path: Path) -> None:
    file = decide(tmp_path, answered("fine", "1"), "accept")
    with pytest.raises(RowsError, match="no decision in it makes pairs"):
        LabelRows(file=file).check(None)
