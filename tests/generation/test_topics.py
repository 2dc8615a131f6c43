"""Topics: subtopics of topics, prompts of each kind, constraints that the row demands itself."""

import re

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, question_of
from tutelage.core.errors import TaxonomyError
from tutelage.generation.writers import check_writing
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.stages import Filter
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH, plant

FREE_PATH = "compositional_skills/letters"
FREE = """
task_description: Write to people about boats.
seed_examples:
  - {question: Write a line that welcomes a guest., answer: Welcome aboard the ferry.}
  - {question: Say that the crane is closed., answer: The crane is closed today.}
"""


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """Topics where topics are asked for, a text, or a request that names its topic."""
    asked = messages[-1]["content"]
    if found := re.search(r"Write (\d+) different", asked):
        return "\n".join(f"{n}. Matter {seed % 1000 + n}" for n in range(1, int(found[1]) + 1))
    named = asked.rpartition('on "')[2].partition('"')[0]
    return (
        f"All about {named}." if asked.startswith("Write a text") else f"Tell of {named}, {seed}."
    )


@pytest.fixture
def free(taxonomy: Taxonomy) -> Taxonomy:
    return load_taxonomy(plant(taxonomy.folder, {FREE_PATH: FREE}))


def test_prompts_go_through_subtopics_and_kinds(context: Context, free: Taxonomy) -> None:
    method = {"topics": {"topics": 2, "subtopics": 3}}
    rows = written(context, free, FREE_PATH, scripted("teacher", __name__), method, 4)
    assert len(rows) == len({row["id"] for row in rows}) == 12
    assert len({row["topic"] for row in rows}) >= 4
    for row in rows:
        above, _, topic = row["topic"].partition(" > ")
        assert above.startswith("Matter") and topic in question_of(row)
        assert ("context" in row) == (row["cell"] == "closed_question")
        assert len(row["trace"]["keys"]) == (4 if "context" in row else 3)
        assert "verify" not in row


def test_prompts_cover_the_attributes_that_answers_are_checked_by(
    context: Context, taxonomy: Taxonomy
) -> None:
    rows = written(context, taxonomy, NOTICES_PATH, scripted("teacher", __name__), "topics", 4)
    boats = {row["attributes"]["boat"] for row in rows}
    assert boats == {"Alma", "Bris"}
    asked = [entry["messages"][-1]["content"] for entry in context.journal.entries()]
    assert all(any(f"with boat {boat}" in text for text in asked) for boat in boats)


def test_a_constraint_is_asked_for_and_demanded(context: Context, free: Taxonomy) -> None:
    method = {"topics": {"constrained": 1, "constraints": ["max_words", "keyword"]}}
    rows = written(context, free, FREE_PATH, scripted("teacher", __name__), method, 4)
    assert {next(iter(demand)) for row in rows for demand in row["verify"]} == {
        "max_words",
        "contains",
    }
    assert all(re.search(r"\n(Use at most \d+ words|Use the word)", question_of(r)) for r in rows)
    long = "So it is with " + "very " * 60 + "many words."
    answered = [row | {"completion": [{"role": "assistant", "content": long}]} for row in rows]
    made = Filter().run(context, [Rows(answered)], taxonomy=free)
    assert not made.kept
    assert all(row["reason"].startswith("verified: ") for row in made.rejected)


def test_where_it_cannot_serve_is_said_ahead(free: Taxonomy) -> None:
    for leaf, method, message in (
        (HARBOUR_PATH, "topics", "writes without documents"),
        (NOTICES_PATH, {"topics": {"constrained": 0.5}}, "demands a form of its answers already"),
    ):
        with pytest.raises(TaxonomyError, match=message):
            check_writing(Writing(method=method, leaves=[leaf]), free)
