"""Attributes with weights, ranges and conditions: read, checked, and covered as they say."""

from collections import Counter
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.errors import TaxonomyError
from tutelage.generation.methods.tasks import Tasks
from tutelage.generation.quota import Quota
from tutelage.generation.session import GenerationSession
from tutelage.generation.writing import Writing
from tutelage.taxonomy.attribute_grid import weighted_grid
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.load import load_taxonomy

from tests.stages.fakes import scripted
from tests.trees import plant

PATH = "compositional_skills/guests"
LEAF = """
task_description: Answer guests.
attributes:
  asker: {guest: 3, skipper: 1}
  nights: {range: [1, 4], step: 1.5}
  licence: {values: [coastal, ocean], when: {asker: skipper}}
  tone: [calm, angry]
seed_examples:
  - {question: May I stay?, answer: You may., attributes: {asker: guest, nights: 1, tone: calm}}
"""


def leaf(folder: Path, text: str = LEAF) -> Leaf:
    return load_taxonomy(plant(folder / "tree", {PATH: text})).leaf(PATH)


def test_a_grid_has_numbers_and_conditions(tmp_path: Path) -> None:
    found = leaf(tmp_path)
    assert found.attributes["nights"] == ["1", "2.5", "4"]
    cells = [cell for cell, _ in weighted_grid(found, 1).values()]
    assert len(cells) == 3 * 2 + 3 * 2 * 2  # a guest has no licence
    assert all(("licence" in cell) == (cell["asker"] == "skipper") for cell in cells)


def test_numbers_of_a_range_are_written_as_people_write_them(tmp_path: Path) -> None:
    text = LEAF.replace("range: [1, 4], step: 1.5", "range: [20240101, 20240131], step: 10")
    text = text.replace("nights: 1,", "nights: 20240101,")
    found = leaf(tmp_path, text).attributes["nights"]
    assert found == ["20240101", "20240111", "20240121", "20240131"]
    tenths = LEAF.replace("range: [1, 4], step: 1.5", "range: [0, 0.3], step: 0.1")
    tenths = tenths.replace("nights: 1,", "nights: 0,")
    assert leaf(tmp_path / "b", tenths).attributes["nights"] == ["0", "0.1", "0.2", "0.3"]


def test_values_of_many_attributes_do_not_always_meet_the_same(tmp_path: Path) -> None:
    names = [f"{n}" for n in range(10)]
    text = LEAF.partition("attributes:")[0]
    text += f"attributes: {{item: {names}, quantity: {names[:8]}, city: {names}}}\n"
    text += "seed_examples:\n  - {question: May I stay?, answer: You may.}\n"
    cells = [cell for cell, _ in weighted_grid(leaf(tmp_path, text.replace("'", '"')), 1).values()]
    assert len(cells) == 800
    first = cells[:40]
    assert len({(cell["item"], cell["city"]) for cell in first}) > 25
    for name, size in (("item", 10), ("quantity", 8), ("city", 10)):
        assert set(Counter(cell[name] for cell in first).values()) == {40 // size}


def test_rows_are_asked_for_by_weight(tmp_path: Path, context: Context) -> None:
    desk = GenerationSession(context, scripted(), Writing())
    text = LEAF.replace("  licence: {values: [coastal, ocean], when: {asker: skipper}}\n", "")
    writer = Tasks(desk, leaf(tmp_path, text))
    asked = Quota(PATH, 48, writer, attempts=8, first=1).next()
    assert Counter("skipper" in cell for cell in asked) == {False: 36, True: 12}


@pytest.mark.parametrize("wanted", [12, 24, 96])
def test_weights_hold_of_fewer_rows_than_cells_and_beside_conditions(
    tmp_path: Path, context: Context, wanted: int
) -> None:
    desk = GenerationSession(context, scripted(), Writing())
    writer = Tasks(desk, leaf(tmp_path, LEAF.replace("step: 1.5", "step: 0.1")))
    asked = Quota(PATH, wanted, writer, attempts=8, first=1).next()
    assert len(writer.cells) > wanted
    skippers = sum("skipper" in cell for cell in asked)
    assert skippers == pytest.approx(wanted / 4, abs=1)
    tones = {"calm" in cell for cell in asked if "skipper" in cell}
    assert wanted < 20 or tones == {True, False}


def test_a_weighted_cell_that_always_fails_comes_last(tmp_path: Path, context: Context) -> None:
    desk = GenerationSession(context, scripted(), Writing())
    writer = Tasks(desk, leaf(tmp_path, LEAF.replace("step: 1.5", "step: 0.1")))
    quota = Quota(PATH, 12, writer, attempts=2, first=1)
    first = quota.next()
    assert not set(first) & set(quota.next())


@pytest.mark.parametrize(("level", "hard"), [(0.0, 5), (0.5, 20), (1.0, 35)])
def test_a_level_prefers_easy_or_hard_values(
    tmp_path: Path, context: Context, level: float, hard: int
) -> None:
    text = LEAF.replace("tone: [calm, angry]", "difficulty: [easy, hard]").replace("tone", "asker")
    text = text.replace("asker: calm", "difficulty: easy")
    settings = Writing(leaf_difficulty={PATH: level})
    writer = Tasks(GenerationSession(context, scripted(), settings), leaf(tmp_path, text))
    asked = Quota(PATH, 40, writer, attempts=8, first=1).next()
    assert sum('"hard"' in cell for cell in asked) == pytest.approx(hard, abs=2)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{guest: 3", "{guest: 0", "attributes.asker.values.guest"),
        ("{guest: 3", "{guest: many", "attributes.asker.values.guest"),
        ("[1, 4], step", "[4, 1], step", "from a lower number to a higher"),
        ("step: 1.5", "step: 0.001", "needs a larger `step`"),
        ("{asker: skipper}", "{askers: skipper}", "no attribute 'askers'.+did you mean 'asker'"),
        ("{asker: skipper}", "{asker: captain}", "'asker' never is 'captain'"),
        ("values: [coastal", "range: [1, 2], values: [coastal", "either `values` or a `range`"),
        ("tone: [calm, angry]", "tone: []", "attributes.tone: "),
    ],
)
def test_a_wrong_attribute_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(TaxonomyError, match=message):
        leaf(tmp_path, LEAF.replace(old, new))
