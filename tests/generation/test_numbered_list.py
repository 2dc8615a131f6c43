"""Lists of tasks: their own numbers take them apart, numbers inside a task do not."""

import pytest
from tutelage.generation.numbered_list import AmbiguousListError, split_numbered

STEPS = (
    "1. Rewrite these steps in the past tense:\n1. Open the lid.\n2. Press the knob.\n"
    "2. Rewrite these steps politely:\n1. Sit.\n2. Stay."
)


@pytest.mark.parametrize(
    ("text", "count", "items"),
    [
        ("1. One?\n2. Two?", 2, ["One?", "Two?"]),
        ("Sure:\n\n1) One?\n2) Two?", 2, ["One?", "Two?"]),
        ("**1.** One?\n**2.** Two?", 2, ["One?", "Two?"]),
        ("# Task 1: A\nStep 1: x\nStep 2: y\n# Task 2: B", 2, ["A\nStep 1: x\nStep 2: y", "B"]),
        ("１．甲\n２．乙", 2, ["甲", "乙"]),
        ("1、甲\n2、乙", 2, ["甲", "乙"]),
        ("١. أ\n٢. ب", 2, ["أ", "ب"]),
        ("1. One?\n2. Two?\n3. Three?", 2, ["One?", "Two?", "Three?"]),
        ("1. One?\n2. Two?", 3, ["One?", "Two?"]),
        ("1. A\n   1. a\n   2. b\n   3. c\n2. B", 2, ["A\n   1. a\n   2. b\n   3. c", "B"]),
        ("1. Sum:\n(1) a\n(2) b\n2. Two?", 2, ["Sum:\n(1) a\n(2) b", "Two?"]),
        ("1. Say:\n2024. was dry.\n2. Two?", 2, ["Say:\n2024. was dry.", "Two?"]),
        ("1. A:\n1. x\n2. y\n3. z", 2, ["A:\n1. x\n2. y\n3. z"]),
        ("One? Two?", 2, []),
        ("", 2, []),
    ],
)  # fmt: skip
def test_a_list_is_taken_apart_at_its_own_numbers(text: str, count: int, items: list[str]) -> None:
    assert split_numbered(text, count) == items


def test_steps_inside_tasks_stay_in_their_tasks() -> None:
    first, second = split_numbered(STEPS, 2)
    assert first.endswith("past tense:\n1. Open the lid.\n2. Press the knob.")
    assert second == "Rewrite these steps politely:\n1. Sit.\n2. Stay."


def test_a_list_inside_that_was_cut_may_have_only_begun() -> None:
    cut = STEPS.removesuffix("\n2. Stay.")
    assert len(split_numbered(cut, 2, cut=True)) == 2
    with pytest.raises(AmbiguousListError):
        split_numbered(cut, 2)


@pytest.mark.parametrize("text", ["2. A\n3. B", "1. A\n1. B"])
def test_what_can_be_read_in_several_ways_is_no_list(text: str) -> None:
    with pytest.raises(AmbiguousListError):
        split_numbered(text, 3)
