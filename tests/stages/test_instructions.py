"""Instructions: every passage and cell is asked about, and no request knows what is held out."""

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, answer_of, question_of
from tutelage.core.errors import TaxonomyError
from tutelage.stages import Instructions
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH

STAGE = Instructions(questions_per_passage=2, per_sample=2)


@pytest.fixture
def made(context: Context, taxonomy: Taxonomy) -> Rows:
    """What the docile fake writes."""
    rows: Rows = STAGE.run(context, taxonomy, scripted())
    return rows


def test_no_request_shows_a_held_out_example_or_another_leafs_seeds(
    context: Context, taxonomy: Taxonomy, made: Rows
) -> None:
    assert made.kept
    for entry in context.journal.entries():
        said = str(entry["messages"])
        assert not any(
            held.question in said for leaf in taxonomy.leaves for held in leaf.eval_examples
        )
        assert ("Elsmere" in said) != ("Bris" in said)


def test_every_passage_is_asked_about(made: Rows) -> None:
    rows = [row for row in made.kept if row["leaf"] == HARBOUR_PATH]
    assert {row["context"] for row in rows} == {
        "A night in the harbour costs 25 crowns.",
        "The crane lifts 12 tonnes.",
        "The office opens at 6 o'clock.",
    }
    assert all(question_of(row).endswith("?") for row in rows)
    assert all(answer_of(row).lower() in row["context"].lower() for row in rows)
    assert {row["document"] for row in rows} == {"docs/harbour.md"}


def test_a_question_names_its_passage_seeds_and_every_proposal(
    context: Context, taxonomy: Taxonomy, made: Rows
) -> None:
    seeds = {seed.id for seed in taxonomy.leaf(HARBOUR_PATH).seeds}
    for row in (row for row in made.kept if row["leaf"] == HARBOUR_PATH):
        passage, *others = row["parents"]
        assert passage.startswith("passage:")
        assert set(others) == seeds
        entries = [context.journal.show(key) for key in row["trace"]["keys"]]
        assert len(entries) == STAGE.details_per_passage + 1
        assert all(entry and row["context"] in str(entry["messages"]) for entry in entries[:-1])
    more = STAGE.model_copy(update={"wanted_per_passage": 9, "temperature": 0.9})
    again = more.run(context, taxonomy, scripted(), made)
    for row in (row for row in again.kept if row["leaf"] == HARBOUR_PATH):
        earlier = {one["id"] for one in made.kept if one.get("context") == row["context"]}
        assert len(row["trace"]["keys"]) == 1  # the detail was settled before, by another row
        assert row["parents"][-1] in earlier


def test_every_cell_of_the_grid_is_asked_for(made: Rows) -> None:
    rows = [row for row in made.kept + made.rejected if row["leaf"] == NOTICES_PATH]
    assert len(rows) == 12  # `samples` of the leaf times `per_sample`
    cells = [tuple(row["attributes"].items()) for row in rows]
    assert all(cells.count(cell) == 2 for cell in set(cells))
    assert all(question_of(row).startswith("Put this notice into JSON: ") for row in rows)


def test_more_rows_can_be_wanted_of_every_skill(context: Context, taxonomy: Taxonomy) -> None:
    stage = STAGE.model_copy(update={"samples_factor": 1.5, "leaves": [NOTICES_PATH]})
    made = stage.run(context, taxonomy, scripted())
    assert len(made.kept + made.rejected) == 18
    one = Rows([row for row in made.kept if row["leaf"] == NOTICES_PATH][:3])
    more = stage.run(context, taxonomy, scripted(), one)
    assert len(more.kept + more.rejected) == 12  # of the nine that are wanted, six more, twice


def test_the_same_seed_gives_the_same_rows(
    context: Context, taxonomy: Taxonomy, made: Rows
) -> None:
    sent = context.ledger.spent().requests
    assert STAGE.run(context, taxonomy, scripted()) == made
    assert context.ledger.spent().requests == sent  # all answers were found,
    assert context.ledger.total().requests == sent  # and an answer is charged once


def test_a_second_round_asks_only_for_what_is_short(
    context: Context, taxonomy: Taxonomy, made: Rows
) -> None:
    skill = [row for row in made.kept + made.rejected if row["leaf"] == NOTICES_PATH]
    stage = STAGE.model_copy(update={"wanted_per_passage": 1})
    again = stage.run(context, taxonomy, scripted(), Rows([*made.kept, *skill]))
    assert again == Rows([], [])


def test_a_leaf_that_is_not_there_is_named_ahead(taxonomy: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match=f"did you mean '{HARBOUR_PATH}'"):
        Instructions(leaves=["knowledge/harbor"]).check(taxonomy)
