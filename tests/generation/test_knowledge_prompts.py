"""The knowledge flow: which detail a question asks for, and what the teacher is shown of it."""

from collections.abc import Sequence

import pytest
from tutelage.generation.knowledge_prompts import (
    Detail,
    choose_detail,
    question_prompt,
    sections,
    shuffled,
)
from tutelage.generation.shots import shots_of
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import Passage, split
from tutelage.taxonomy.leaf import Taxonomy

from tests.trees import HARBOUR_PATH

TEXT = """# Lamps
## Orvin
The Orvin lamp weighs 3 kilograms.
The Orvin lamp was drawn by Ines Farrow.
The Orvin lamp is sold in Turin.
"""
SECTION = list(split(Document("lamps.md", TEXT, "digest"), 1))
WEIGHT, MAKER, PLACE = SECTION


def _choose(passage: Passage, *proposals: str) -> str | None:
    return choose_detail(passage, SECTION, proposals)


def test_the_proposal_made_most_often_is_chosen() -> None:
    assert _choose(MAKER, "drawn", "Ines Farrow", "Ines Farrow\nThe rest.") == "Ines Farrow"
    assert _choose(PLACE, "in Turin", "Turin.") == "Turin"


@pytest.mark.parametrize(
    "proposal",
    ["The Orvin lamp", "Orvin lamp", "Berlin", "was", "", "Orvin lamp was drawn by Ines Farrow."],
)
def test_a_subject_a_clause_or_something_else_is_not_asked_for(proposal: str) -> None:
    assert _choose(MAKER, proposal) == "Ines Farrow"


def test_without_a_usable_proposal_a_number_comes_first() -> None:
    assert _choose(WEIGHT) == "3 kilograms"


def test_a_passage_without_any_detail_gives_none() -> None:
    passage = Passage("passage:1", "a.md", (), "It is.")
    assert choose_detail(passage, [passage], ["is"]) is None


def test_a_detail_is_marked_for_even_prompts_and_left_out_for_odd_ones(
    taxonomy: Taxonomy,
) -> None:
    shots = shots_of(taxonomy.leaf(HARBOUR_PATH))
    detail = Detail(WEIGHT, "3 kilograms")
    even, odd = (question_prompt("knowledge_question", detail, shots, n) for n in (0, 1))
    assert even[-1]["content"] == "Fact: The Orvin lamp weighs [3 kilograms]."
    assert odd[-1]["content"] == "Fact: The Orvin lamp weighs ___."
    assert [turn["role"] for turn in even] == ["system", *["user", "assistant"] * 2, "user"]
    assert "[42 berths]" in even[-3]["content"]  # the shot whose answer has the detail's shape


def test_sections_gather_what_stands_under_the_same_headings() -> None:
    found: Sequence[Passage] = sections(SECTION)["lamps.md", ("Lamps", "Orvin")]
    assert found == SECTION


def test_shots_are_shuffled_by_the_seed_alone(taxonomy: Taxonomy) -> None:
    shots = shots_of(taxonomy.leaf(HARBOUR_PATH)) * 4
    assert shuffled(shots, 1) == shuffled(shots, 1)
    assert shuffled(shots, 1) != shuffled(shots, 2)
