"""Tasks of a skill in the shape of its seeds, and answers that follow from an attribute."""

from pathlib import Path

from tutelage.generation.skill_prompts import Skill
from tutelage.generation.task_shape import TaskShape
from tutelage.taxonomy.attribute_grid import named_values, settling_attribute
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.load import load_taxonomy

LISTS = """
task_description: Polite sentences.
attributes: {ending: [many thanks, by noon]}
seed_examples:
  - question: "Turn this into a sentence that ends with \\"many thanks\\":\\n- wash the cups\\n- go"
    answer: Please wash the cups and go, many thanks.
    attributes: {ending: many thanks}
  - question: "Turn this into a sentence that ends with \\"by noon\\":\\n- rake the leaves\\n- rest"
    answer: Please rake the leaves and rest by noon.
    attributes: {ending: by noon}
"""
CLASSES = """
task_description: Urgent or not.
attributes: {class: [urgent, not urgent]}
seed_examples:
  - {question: "Is it urgent? Fire!", answer: urgent, attributes: {class: urgent}}
  - {question: "Is it urgent? Hello.", answer: not urgent, attributes: {class: not urgent}}
"""


def leaf(folder: Path, qna: str) -> Leaf:
    """A skill leaf with these seeds."""
    where = folder / "compositional_skills" / "writing"
    where.mkdir(parents=True)
    (where / "qna.yaml").write_text(qna, encoding="utf-8")
    return load_taxonomy(folder).leaves[0]


def test_attribute_values_in_the_opening_are_filled_in(tmp_path: Path) -> None:
    skill = Skill.of(leaf(tmp_path, LISTS))
    start = skill.opening.filled({"ending": "by noon"})
    assert start == 'Turn this into a sentence that ends with "by noon":\n- '
    prompt = skill.instruction_prompt("skill_instruction", {"ending": "many thanks"})
    assert prompt[2]["content"] == "wash the cups\n- go"


def test_shots_like_the_cell_come_last(tmp_path: Path) -> None:
    skill = Skill.of(leaf(tmp_path, LISTS))
    for ending in ("many thanks", "by noon"):
        prompt = skill.answer_prompt("skill_answer", "q", None, {"ending": ending}, "precise")
        assert ending in prompt[-2]["content"]


def test_a_class_is_its_rows_answer(tmp_path: Path) -> None:
    classes = leaf(tmp_path, CLASSES)
    assert settling_attribute(classes) == "class"
    assert named_values("This is not urgent.", ["urgent", "not urgent"]) == {"not urgent"}
    assert named_values("urgent, not urgent", ["urgent", "not urgent"]) == {"urgent", "not urgent"}


def test_a_number_in_words_is_named() -> None:
    assert named_values("Two lamps, order 15.", ["2", "6", "15"]) == {"2", "15"}
    assert named_values("Wir senden drei Lampen nach Köln.", ["2", "3"]) == {"3"}
    assert named_values("Two lamps.", ["two kinds", "lamps"]) == {"lamps"}


def test_a_task_that_goes_on_is_cut_to_the_seeds_shape(tmp_path: Path) -> None:
    shape = TaskShape(leaf(tmp_path, LISTS), len)
    assert shape.allowance(10) > 90
    assert shape.fitted("a\n- b\n- c\n- d\n- e", "cut by length") == ("a\n- b\n- c", None)
    assert shape.fitted("a", "empty") == ("a", "empty")
    assert shape.fitted("never an end", "cut by length")[1] == "cut by length"
