"""The skill flow: an even spread over the grid, and what the teacher is told of a cell."""

from collections import Counter
from dataclasses import replace

import pytest

from pipeline.flows.shots import shots_of
from pipeline.flows.skills import (
    answer_prompt,
    cells,
    deciding_attributes,
    instruction_prompt,
    named_attributes,
)
from pipeline.taxonomy import Leaf, Taxonomy
from tests.trees import NOTICES_PATH


@pytest.fixture
def notices(taxonomy: Taxonomy) -> Leaf:
    """Every attribute is named in question and answer."""
    return taxonomy.leaf(NOTICES_PATH)


@pytest.fixture
def moods(notices: Leaf) -> Leaf:
    """A mood that no question names, but every answer."""
    values = ("glad", "sad")
    seeds = tuple(
        replace(seed, answer=f"{seed.answer} {mood}", attributes=seed.attributes | {"mood": mood})
        for seed in notices.seeds
        for mood in values
    )
    return replace(notices, seeds=seeds, attributes=notices.attributes | {"mood": list(values)})


@pytest.mark.parametrize("count", [1, 6, 8, 60])
def test_cells_cover_the_grid_evenly(notices: Leaf, count: int) -> None:
    found = Counter(tuple(cell.items()) for cell in cells(notices, count, 1))
    assert sum(found.values()) == count
    assert len(found) == min(count, 6)
    assert max(found.values()) - min(found.values()) <= 1


def test_cells_follow_the_seed(notices: Leaf) -> None:
    assert cells(notices, 6, 1) == cells(notices, 6, 1)
    assert any(cells(notices, 6, 1) != cells(notices, 6, seed) for seed in range(2, 6))


def test_without_a_grid_cells_are_empty(notices: Leaf) -> None:
    assert cells(replace(notices, attributes={}), 2, 1) == [{}, {}]


def test_attributes_that_every_question_names_are_named(notices: Leaf, moods: Leaf) -> None:
    assert named_attributes(notices) == ["boat", "berth"]
    assert named_attributes(moods) == ["boat", "berth"]


def test_attributes_decide_where_answers_name_what_questions_do_not(
    notices: Leaf, moods: Leaf
) -> None:
    assert deciding_attributes(notices) == []
    assert deciding_attributes(moods) == ["boat", "berth", "mood"]


def test_an_instruction_is_asked_for_without_the_shared_opening(notices: Leaf) -> None:
    cell = {"boat": "Bris", "berth": "31"}
    turns = instruction_prompt("skill_instruction", notices, cell, shots_of(notices))
    assert "boat Bris, berth 31" in turns[-1]["content"]
    assert turns[2]["content"] == "The Alma lies at berth 7."


def test_the_teacher_is_told_what_decides_the_answer(notices: Leaf, moods: Leaf) -> None:
    cell = {"boat": "Bris", "berth": "31", "mood": "sad"}
    told = answer_prompt("skill_answer", moods, "The question", None, cell)
    assert told[-1]["content"].startswith("The question\n")
    assert told[-1]["content"].endswith("(boat: Bris, berth: 31, mood: sad)")
    answers = [turn["content"] for turn in told if turn["role"] == "assistant"]
    assert all(answer.endswith("sad") for answer in answers)
    untold = answer_prompt("skill_answer", notices, "The question", None, cell)
    assert untold[-1]["content"] == "The question"
