"""Document augmentation: rows of every statement, more where questions are missing, no model."""

from collections import Counter

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows
from tutelage.stages import SFT, DocumentAugmentation, Mix
from tutelage.stages.document_augmentation import leaf_statements
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import answered


def test_every_statement_has_rows_and_a_rerun_makes_the_same(
    context: Context, taxonomy: Taxonomy
) -> None:
    made = DocumentAugmentation(per_statement=4).run(context, taxonomy)
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.kind == "knowledge")
    assert {row["statement"] for row in made.kept} == {one.id for one in leaf_statements(leaf)}
    assert {row["leaf"] for row in made.kept} == {leaf.path}
    assert len({row["id"] for row in made.kept}) == len(made.kept)
    assert made.kept == DocumentAugmentation(per_statement=4).run(context, taxonomy).kept
    assert made.stats == {}


def test_what_no_row_asks_about_gets_more_rows_and_is_named(
    context: Context, taxonomy: Taxonomy
) -> None:
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.kind == "knowledge")
    first, *others = leaf_statements(leaf)
    accepted = Rows([answered(first.spoken, leaf=leaf.path, statement=first.id)])
    stage = DocumentAugmentation(per_statement=2, uncovered=3)
    made = stage.run(context, taxonomy, accepted)
    told = made.stats["coverage"][leaf.path]
    assert told["statements_with_rows"] == 1
    assert told["without"] == [one.spoken for one in others]
    rows = Counter(row["statement"] for row in made.kept)
    assert rows[others[0].id] > rows[first.id]


@pytest.mark.parametrize("count", [0, 0.5])
def test_fewer_rows_than_statements_can_be_asked_for(
    context: Context, taxonomy: Taxonomy, count: float
) -> None:
    made = DocumentAugmentation(per_statement=count).run(context, taxonomy)
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.kind == "knowledge")
    assert len(made.kept) <= len(leaf_statements(leaf))


def test_the_documents_can_be_trained_on_as_plain_texts(
    context: Context, taxonomy: Taxonomy
) -> None:
    stage = DocumentAugmentation(per_statement=2, mix={"text": 1})
    rows = stage.run(context, taxonomy).kept
    assert rows and all(set(SFT().columns(row)) == {"id", "leaf", "text"} for row in rows)
    assert {row["text"].partition("\n\n")[0] for row in rows} == {
        "The harbour of Elsmere > Staying",
        "The harbour of Elsmere > Arriving",
    }
    drawn = Mix(exposures=2, whole_answers=1)(rows).kept
    assert drawn and not any("opening" in row for row in drawn)
