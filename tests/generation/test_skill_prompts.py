"""What prompts show of a leaf: the cells of its grid, and what the teacher is told of one."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from tutelage.generation.skill_prompts import Skill
from tutelage.taxonomy.attribute_grid import grid
from tutelage.taxonomy.leaf import Leaf, Taxonomy

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


def test_the_grid_has_every_cell_once_in_an_order_that_follows_the_seed(notices: Leaf) -> None:
    cells = grid(notices, 1)
    assert len({tuple(cell.items()) for cell in cells}) == len(cells) == 6
    assert grid(notices, 1) == cells
    assert any(grid(notices, seed) != cells for seed in range(2, 6))


@pytest.mark.parametrize("sizes", [(30, 30), (3, 4, 6), (5, 1, 2), (8,) * 8])
def test_few_cells_of_a_large_grid_are_even_by_value(notices: Leaf, sizes: tuple[int, ...]) -> None:
    """The last grid has 16 million cells."""
    attributes = {f"a{n}": [f"v{k}" for k in range(size)] for n, size in enumerate(sizes)}
    cells = grid(replace(notices, attributes=attributes), 1)
    assert len(cells) == min(math.prod(sizes), 10_000)
    assert len({tuple(cell.items()) for cell in cells}) == len(cells)
    for count in (1, 7, 40, 45):
        for name, values in attributes.items():
            times = Counter(cell[name] for cell in cells[:count])
            assert max(times.values()) - min(times[value] for value in values) <= 1


def test_without_a_grid_there_is_one_empty_cell(notices: Leaf) -> None:
    assert grid(replace(notices, attributes={}), 1) == [{}]


def test_attributes_that_every_question_names_are_named(notices: Leaf, moods: Leaf) -> None:
    assert list(Skill.of(notices).named) == ["boat", "berth"]
    assert list(Skill.of(moods).named) == ["boat", "berth"]


def test_attributes_decide_where_answers_name_what_questions_do_not(
    notices: Leaf, moods: Leaf
) -> None:
    assert list(Skill.of(notices).deciding) == []
    assert list(Skill.of(moods).deciding) == ["boat", "berth", "mood"]


def test_an_instruction_is_asked_for_without_the_shared_opening(notices: Leaf) -> None:
    cell = {"boat": "Bris", "berth": "31"}
    turns = Skill.of(notices).instruction_prompt("skill_instruction", cell)
    assert "boat Bris, berth 31" in turns[-1]["content"]
    assert turns[2]["content"] == "The Alma lies at berth 7."


def test_the_teacher_is_told_what_decides_the_answer(notices: Leaf, moods: Leaf) -> None:
    cell = {"boat": "Bris", "berth": "31", "mood": "sad"}
    told = Skill.of(moods).answer_prompt("skill_answer", "The question", None, cell, "precise")
    assert told[-1]["content"].startswith("The question\n")
    assert told[-1]["content"].endswith("(boat: Bris, berth: 31, mood: sad)")
    answers = [turn["content"] for turn in told if turn["role"] == "assistant"]
    assert all(answer.endswith("sad") for answer in answers)
    skill = Skill.of(notices)
    untold = skill.answer_prompt("skill_answer", "The question", None, cell, "precise")
    assert untold[-1]["content"] == "The question"
