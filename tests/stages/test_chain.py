"""A chain: questions taken apart, parts answered, put together; the report multiplies the steps."""

import re
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of, question_of
from tutelage.core.errors import RowsError
from tutelage.models.chat import Message
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.chain import chains
from tutelage.stages import Aggregate, Decompose
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import PASSAGE, QUESTION, row, scripted


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """Takes apart, or puts together."""
    asked = messages[-1]["content"]
    if "simpler questions" in asked:
        return "1. What is paid?\n2. For how long?"
    return " and ".join(re.findall(r"<answer-\w+>\n(.*?)\n</", asked))


def single(messages: tuple[Message, ...], seed: int) -> str:
    """One part alone."""
    return "1. What is paid?"


def parts(context: Context, taxonomy: Taxonomy, name: str = "teacher") -> tuple[Rows, Rows]:
    wholes = Rows([row("1", context=PASSAGE)])
    stage = Decompose()
    stage.check(taxonomy)
    return wholes, stage.run(context, wholes, scripted(name, __name__), taxonomy)


def answered(part: Row, text: str) -> Row:
    return part | {"completion": [{"role": "assistant", "content": text}]}


def test_a_question_is_answered_from_its_parts(context: Context, taxonomy: Taxonomy) -> None:
    wholes, made = parts(context, taxonomy)
    assert [question_of(part) for part in made.kept] == ["What is paid?", "For how long?"]
    assert all(part["context"] == PASSAGE and part["parents"] == ["1"] for part in made.kept)
    known = Rows([answered(made.kept[1], "a night"), answered(made.kept[0], "25 crowns")])
    stage = Aggregate()
    stage.check(taxonomy)
    (whole,) = stage.run(context, known, wholes, scripted("teacher", __name__)).kept
    assert question_of(whole) == QUESTION and answer_of(whole) == "25 crowns and a night"
    assert whole["parents"][0] == "1" and len(whole["parents"]) == 3


@pytest.mark.parametrize(
    ("count", "every", "reason"),
    [(1, True, "only 1 of 2 parts are left"), (0, True, "no part is left"), (1, False, None)],
)
def test_a_missing_part_is_told(
    context: Context, taxonomy: Taxonomy, count: int, every: bool, reason: str | None
) -> None:
    wholes, made = parts(context, taxonomy)
    known = Rows([answered(part, "25") for part in made.kept[:count]])
    done = Aggregate(every_part=every).run(context, known, wholes, scripted("teacher", __name__))
    reasons = [row["reason"] for row in done.rejected]
    assert reasons == ([f"aggregate: {reason}"] if reason else [])


def test_what_has_a_single_part_is_rejected(context: Context, taxonomy: Taxonomy) -> None:
    _, made = parts(context, taxonomy, "single")
    assert [row["reason"] for row in made.rejected] == ["decompose: a single part"]


def test_the_report_multiplies_the_steps() -> None:
    def made(kept: int, rows_in: int, source: str = "", kind: str = "rows") -> dict[str, object]:
        inputs = {"rows": [{"stage": source}]} if source else {}
        funnel = {"leaf": {"kept": kept, "rows_in": rows_in, "rejected": {}}}
        return {"kind": kind, "inputs": inputs, "funnel": funnel if rows_in else {}}

    run = RunFolder(
        Path(),
        {},
        {
            "asked": made(8, 10),
            "parts": made(12, 16, "asked"),
            "whole": made(4, 8, "parts"),
            "sft": made(0, 0, "whole", "checkpoint"),
        },
    )
    (line,) = chains(run)
    assert [step["share"] for step in line["steps"]] == [0.8, 0.75, 0.5]
    assert line["end"] == "whole" and line["product"] == pytest.approx(0.3)


def test_parts_that_nobody_answered_and_rows_that_are_no_parts_are_named(
    context: Context, taxonomy: Taxonomy
) -> None:
    wholes, made = parts(context, taxonomy)
    stage, teacher_model = Aggregate(), scripted("teacher", __name__)
    with pytest.raises(RowsError, match="no part has an answer; put `responses` before"):
        stage.run(context, made, wholes, teacher_model)
    half = Rows([answered(made.kept[0], "25 crowns"), answered(made.kept[1], "")])
    (row_,) = stage.run(context, half, wholes, teacher_model).rejected
    assert row_["reason"] == "aggregate: only 1 of 2 parts are left"
    for wrong in ({"n_parts": "two"}, {"n_parts": None}, {"part": 1.0}):
        known = Rows([answered(part, "25") | wrong for part in made.kept])
        with pytest.raises(RowsError, match=r"`(n_parts|part)` is .*parts come from `decompose`"):
            stage.run(context, known, wholes, teacher_model)


def test_a_row_that_asks_nothing_is_not_taken_apart(context: Context, taxonomy: Taxonomy) -> None:
    silent = row("1", prompt=[{"role": "user", "content": " "}])
    made = Decompose().run(context, Rows([silent]), scripted("teacher", __name__), taxonomy)
    assert [one["reason"] for one in made.rejected] == ["decompose: no question"] and not made.kept
