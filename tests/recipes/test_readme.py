"""The examples of recipes/README.md work as they are written."""

import re
from pathlib import Path

from pipeline.recipe import load_recipe
from pipeline.running.run import Run
from pipeline.stage import Silent
from pipeline.store import Store
from tests.trees import NOTICES, NOTICES_PATH, plant, write

README = (Path(__file__).parents[2] / "recipes" / "README.md").read_text(encoding="utf-8")
BEGINNING = 'taxonomy: tree\nmodels: {teacher: "scripted:"}\nstages:\n'


def test_rounds_with_own_prompts_and_rubrics(tmp_path: Path) -> None:
    part = README.partition("## Rounds, prompts and rubrics")[2]
    stage, prompt, rubric = re.findall(r"```\w+\n(.*?)```", part, re.DOTALL)
    plant(tmp_path / "tree", {NOTICES_PATH: NOTICES})
    file = write(tmp_path / "mine.yaml", BEGINNING + stage.replace("per_request: 3", ""))
    write(tmp_path / "my_tasks.jinja", prompt)
    write(tmp_path / "my_rubric.yaml", rubric)
    run = Run(load_recipe(file), tmp_path / "run", Store(tmp_path / "run" / ".store"), Silent())
    run.execute()
    rows = run.made["rows"].load()
    assert rows.kept  # type: ignore[union-attr]
    assert set(rows.stats["judge"]["grades"]) == {"instruction", "pair", "my_rubric"}  # type: ignore[union-attr]
