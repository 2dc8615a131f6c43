"""Generation in rounds: until so many are accepted, with every row's way to be read afterwards."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.core.artifacts import Row, Rows, answer_of, question_of
from tutelage.core.errors import RecipeError, TaxonomyError
from tutelage.models.chat import Message
from tutelage.models.engines.scripted import docile
from tutelage.models.model import Model
from tutelage.stages import Generate
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.judging import judges
from tests.stages.fakes import scripted
from tests.trees import HARBOUR, HARBOUR_PATH, NOTICES_PATH, plant, write, wrong_demand

STEPS: dict[str, Any] = {
    "before": ["on_attributes", "exact_duplicate"],
    "after": ["verified"],
}


def clumsy(messages: tuple[Message, ...], seed: int) -> str:
    """A docile teacher that says nothing every third time that it is asked with a seed."""
    return docile(messages, seed) if seed % 3 or not seed else ""


def talkative(messages: tuple[Message, ...], seed: int) -> str:
    """A docile teacher that answers in prose what was to be JSON."""
    return docile(messages, seed).replace("{", "Well, ")


def noting(messages: tuple[Message, ...], seed: int) -> str:
    """Asks about whatever it is shown, and answers with a number."""
    if seed:
        return f"What is said of number {seed % 9973}?"
    return f"It is {len(str(messages))}."


def partial(messages: tuple[Message, ...], seed: int) -> str:
    """A docile teacher that never writes of the Bris."""
    text = docile(messages, seed)
    return "" if messages[-1]["content"].startswith("Write") and "Bris" in text else text


def skills(**more: Any) -> Generate:
    """The stage for the skill leaf alone."""
    return Generate.model_validate(STEPS | {"instructions": {"leaves": [NOTICES_PATH]}} | more)


def run(context: Context, taxonomy: Taxonomy, stage: Generate, teacher: Model) -> Rows:
    made: Rows = stage.run(context, taxonomy, teacher)
    ids = [row["id"] for row in (*made.kept, *made.rejected)]
    assert len(ids) == len(set(ids))
    assert all(row["reason"] for row in made.rejected)
    return made


def test_rounds_go_on_until_so_many_rows_are_accepted(context: Context, taxonomy: Taxonomy) -> None:
    stage = Generate.model_validate(STEPS | {"samples": 3, "first": 1})
    made = run(context, taxonomy, stage, scripted("clumsy", __name__))
    for leaf, wanted in ((HARBOUR_PATH, 3), (NOTICES_PATH, 6)):
        assert sum(row["leaf"] == leaf for row in made.kept) == wanted
    assert made.stats["short"] == []
    asked = sum(line["asked"] for line in made.stats["rounds"])
    assert len(made.kept) + len(made.rejected) == asked
    assert len({line["round"] for line in made.stats["rounds"]}) > 1
    assert all(answer_of(row) and row["trace"]["round"] for row in made.kept)


def test_a_teacher_whose_every_row_is_good_is_asked_for_no_more_than_wanted(
    context: Context, park: Taxonomy
) -> None:
    made = run(context, park, Generate(), scripted())
    assert (len(made.kept), made.rejected) == (20, [])


def test_what_is_accepted_beyond_what_is_wanted_is_rejected_as_surplus(
    context: Context, park: Taxonomy
) -> None:
    made = run(context, park, Generate(first=2), scripted())
    assert (len(made.kept), made.stats["short"]) == (20, [])
    assert {row["reason"] for row in made.rejected} == {"surplus: its leaf has what it wants"}
    assert made.stats["reached"][0]["with_rows"] == 20


def test_later_rounds_go_to_the_cells_that_are_short(context: Context, taxonomy: Taxonomy) -> None:
    made = run(context, taxonomy, skills(rounds=3, first=1), scripted("partial", __name__))
    later = [row for row in (*made.kept, *made.rejected) if row["trace"]["round"] > 1]
    assert {row["attributes"]["boat"] for row in later} == {"Bris"}
    (short,) = made.stats["short"]
    assert (short["leaf"], short["wanted"], short["accepted"]) == (NOTICES_PATH, 6, 3)
    assert short["why"] == "the rounds are used up"
    assert len(short["cells"]) == 3
    for cell in short["cells"]:
        assert '"boat": "Bris"' in cell["cell"]
        assert (cell["wanted"], cell["accepted"]) == (1, 0)
        assert cell["rejected"] == {"empty": cell["asked"]}


@pytest.fixture
def park(tmp_path: Path) -> Taxonomy:
    """A knowledge leaf with a document of sixty sections, of which twenty rows are wanted."""
    tree = plant(tmp_path / "park", {HARBOUR_PATH: f"{HARBOUR}samples: 20\n"})
    sections = (f"## Tree {n}\n\nThe ash {n} is {n + 3} metres tall.\n" for n in range(60))
    write(tree / HARBOUR_PATH / "docs" / "trees.md", "\n".join(["# Trees\n", *sections]))
    return load_taxonomy(tree)


def test_few_rows_come_from_all_over_a_long_document(context: Context, park: Taxonomy) -> None:
    made = run(context, park, Generate(first=1), scripted())
    places = [int(row["headings"].rpartition(" ")[2]) for row in made.kept]
    assert len(places) == len(set(places)) == 20
    for part in range(0, 60, 20):
        assert sum(part <= place < part + 20 for place in places) >= 3
    assert made.stats["reached"] == [{"leaf": HARBOUR_PATH, "cells": 60, "with_rows": 20}]


def half(row: Row) -> str | None:
    """A filter that drops every other row, whatever it says."""
    return "half: no" if int(row["id"][-1], 16) % 2 else None


def test_a_filter_of_questions_does_not_pass_for_a_fall_of_diversity(
    context: Context, park: Taxonomy
) -> None:
    coin = {"use": f"{__name__}:half"}
    writing = {"details_per_passage": 0}
    stage = Generate.model_validate({"before": [coin], "instructions": writing, "rounds": 1})
    made = run(context, park, stage, scripted("noting", __name__))
    figures = {(f["when"], f["metric"]): f["value"] for f in made.stats["diversity"]}
    assert 0 < figures["before", "rows"] == figures["after", "rows"] < 20
    assert figures["before", "vendi"] == figures["after", "vendi"]


def test_attempts_are_a_ceiling(context: Context, taxonomy: Taxonomy) -> None:
    context.failures.give_up_after = 0
    made = run(context, taxonomy, skills(rounds=50, attempts=4.0), scripted("silent"))
    assert made.kept == []
    assert len(made.rejected) == 24
    assert made.stats["short"][0]["why"] == "the attempts are used up"
    assert made.stats["short"][0]["rejected"] == {"empty": 24}


def test_an_instruction_is_not_answered_twice(context: Context, taxonomy: Taxonomy) -> None:
    stage = skills(after=[{"length": {"min_words": 90}}], before=[], rounds=3)
    made = run(context, taxonomy, stage, scripted())
    answered = [question_of(row) for row in made.rejected if row.get("completion")]
    assert len(answered) == len(set(answered))
    assert any(row["reason"] == "written before" for row in made.rejected)


def test_a_judge_stands_after_either_step(context: Context, taxonomy: Taxonomy) -> None:
    stage = skills(instruction_rubrics=["instruction"], response_rubrics=["pair"], rounds=1)
    judge = scripted("by_length", judges.__name__)
    made = stage.run(context, taxonomy, scripted(), judge)
    graded = made.stats["judge"]["grades"]
    assert graded["instruction"] == {"unparsable": sum(graded["instruction"].values())}
    assert made.kept == []
    made = skills(response_rubrics=["pair"], rounds=1).run(context, taxonomy, scripted(), judge)
    assert {verdict["by"] for row in made.kept for verdict in row["verdicts"]} == {
        "on_attributes",
        "exact_duplicate",
        "verified",
        "decontaminated",
        "judge pair",
    }
    (entry,) = [e for e in context.ledger.entries() if e.model == "by_length"]
    assert (entry.stage, entry.leaf) == ("stage", NOTICES_PATH)


def test_a_rerun_pays_for_nothing_and_makes_the_same(context: Context, taxonomy: Taxonomy) -> None:
    stage, teacher = skills(), scripted("clumsy", __name__)
    first = stage.run(context, taxonomy, teacher)
    again = local_context(context.folder)
    assert stage.run(again, taxonomy, teacher) == first
    assert again.ledger.spent().requests == 0
    again.journal.close()


def test_rows_that_are_there_already_are_not_made_again(
    context: Context, taxonomy: Taxonomy
) -> None:
    stage = skills(rounds=1)
    first = stage.run(context, taxonomy, scripted())
    second = stage.run(context, taxonomy, scripted(), against=first)
    assert second.kept == []
    assert {row["reason"].partition(":")[0] for row in second.rejected} >= {"exact_duplicate"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"before": ["ecko"]}, "did you mean 'echo'"),
        ({"response_rubrics": ["par"]}, "did you mean 'pair'"),
        ({"response_rubrics": ["preference"]}, "compares two answers"),
        ({"responses": {"samples": 2}}, "a teacher's, one to an instruction"),
    ],
)
def test_what_is_wrong_is_named_ahead(
    taxonomy: Taxonomy, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        Generate.model_validate(fields).check(taxonomy)


def test_a_wrong_demand_of_a_leaf_is_named_ahead(tmp_path: Path) -> None:
    taxonomy = wrong_demand(tmp_path / "taxonomy")
    with pytest.raises(TaxonomyError, match=r"qna\.yaml: verify\.0: unknown name 'max_word'"):
        Generate().check(taxonomy)


def test_what_a_leaf_demands_is_asked_of_answers_without_being_listed(
    context: Context, taxonomy: Taxonomy
) -> None:
    made = run(context, taxonomy, skills(after=[], rounds=1), scripted("talkative", __name__))
    assert made.kept == []
    answers = [row for row in made.rejected if row.get("completion")]
    assert {row["reason"].partition(":")[0] for row in answers} == {"verified"}
