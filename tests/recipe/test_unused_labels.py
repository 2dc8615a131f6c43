"""Labels of an earlier run are pointed out where the recipe does not use them."""

from pathlib import Path

from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.unused_labels import unused_labels

from tests.label_files import decide
from tests.stages.fakes import answered
from tests.trees import write

RECIPE = "stages: {{seeds: {{}}, accepted: {{use: filter, filters: {filters}}}}}\ntaxonomy: tree\n"


def test_labels_are_pointed_out_until_a_stage_names_them(tmp_path: Path) -> None:
    file = write(tmp_path / "recipes" / "mine.yaml", RECIPE.format(filters="[grounded]"))
    folder = tmp_path / "runs" / "mine"
    assert unused_labels(load_recipe(file), folder) == ""
    decide(folder, answered("one", "1"), "accept")
    assert "add `{labelled: ../runs/mine/labels.jsonl}`" in unused_labels(load_recipe(file), folder)
    for named in ("../runs/mine/labels.jsonl", "../runs/mine"):
        text = RECIPE.format(filters=f"[grounded, {{labelled: {named}}}]")
        assert unused_labels(load_recipe(write(file, text)), folder) == ""
