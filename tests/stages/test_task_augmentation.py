"""Task augmentation: question and answer name another value, and the same one."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of, question_of
from tutelage.planning.estimates import Estimate
from tutelage.planning.forecasts.table import forecast
from tutelage.planning.measurements import Measurements
from tutelage.planning.row_estimates import known_rows
from tutelage.planning.stage_forecast import PlannedStage
from tutelage.stages import TaskAugmentation
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

LEAF = "foundational_skills/orders"
QNA = """
version: 3
created_by: tester
task_description: Give city and number as JSON.
attributes:
  city: [Oslo, Basel, Galway, Lisbon]
  number: ["2", "15", "60"]
  tone: [kind, curt]
seed_examples:
  - {question: "We send 15 cups to Oslo.", answer: "{\\"city\\": \\"Oslo\\", \\"number\\": 15}",
     attributes: {city: Oslo, number: "15", tone: kind}}
"""


@pytest.fixture
def orders(tmp_path: Path) -> Taxonomy:
    """A taxonomy of one skill, which copies two of its three attributes."""
    folder = tmp_path / LEAF
    folder.mkdir(parents=True)
    (folder / "qna.yaml").write_text(QNA, encoding="utf-8")
    return load_taxonomy(tmp_path)


def order(question: str, answer: str, **attributes: str) -> Row:
    """An answered row of the skill."""
    return {
        "id": "row:1",
        "leaf": LEAF,
        "parents": [],
        "prompt": [{"role": "user", "content": question}],
        "completion": [{"role": "assistant", "content": answer}],
        "attributes": attributes,
    }


def test_question_and_answer_name_the_same_other_values(context: Context, orders: Taxonomy) -> None:
    row = order(
        "Oslo waits: 15 cups, please, to Oslo.",
        '{"city": "Oslo", "number": 15}',
        city="Oslo",
        number="15",
        tone="kind",
    )
    stage = TaskAugmentation(variants=4)
    made = stage.run(context, orders, [Rows([row])]).kept
    assert len({question_of(one) for one in made}) == len({one["id"] for one in made}) == 4
    for one in made:
        said, told = json.loads(answer_of(one)), one["attributes"]
        assert (
            question_of(one)
            == f"{told['city']} waits: {told['number']} cups, please, to {told['city']}."
        )
        assert said == {"city": told["city"], "number": int(told["number"])}
        assert told["city"] != "Oslo" and told["tone"] == "kind"
        assert one["parents"] == ["row:1"]
    assert made == stage.run(context, orders, [Rows([row])]).kept


def test_a_number_that_stands_for_two_things_is_left(context: Context, orders: Taxonomy) -> None:
    row = order("By 2 May send 2 cups to Oslo.", "2 cups to Oslo", city="Oslo", number="2")
    (made,) = TaskAugmentation(variants=1).run(context, orders, [Rows([row])]).kept
    assert question_of(made).startswith("By 2 May send 2 cups to ")
    assert "Oslo" not in question_of(made) + answer_of(made)


def test_what_copies_nothing_has_no_variants(context: Context, orders: Taxonomy) -> None:
    rows = [
        order("We send cups to Oslo.", "Yes", city="Oslo"),
        order("We send cups.", "Oslo", city="Oslo"),
        order("Be kind.", "kind", tone="kind"),
        order("We send cups to Oslo.", "Oslo") | {"leaf": "elsewhere"},
    ]
    stage = TaskAugmentation()
    assert not stage.run(context, orders, [Rows(rows)]).kept
    assert stage.allow_empty  # most taxonomies have nothing of the kind


def test_the_forecast_is_of_leaves_that_can_vary_alone(orders: Taxonomy) -> None:
    rows = known_rows([order("2 cups to Oslo", "2, Oslo"), {**order("Hi", "Yes"), "leaf": "other"}])
    stage = TaskAugmentation(variants=3)
    planned = PlannedStage(stage, Measurements("assumed"), {"rows": [rows]}, {}, {}, orders)
    found = forecast(planned)
    assert found is not None and found.makes is not None
    assert found.makes.rows == {LEAF: Estimate(0, 3, 3)}
