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


def test_rows_are_asked_for_by_weight(tmp_path: Path, context: Context) -> None:
    desk = GenerationSession(context, scripted(), Writing())
    text = LEAF.replace("  licence: {values: [coastal, ocean], when: {asker: skipper}}\n", "")
    writer = Tasks(desk, leaf(tmp_path, text))
    asked = Quota(PATH, 48, writer, attempts=8, first=1).next()
    assert Counter("skipper" in cell for cell in asked) == {False: 36, True: 12}


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
