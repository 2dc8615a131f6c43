"""The quickstart with a teacher that makes no mistakes: at least 95% of its rows reach training."""

from collections import Counter
from pathlib import Path

import yaml
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Row, Rows, question_of
from tutelage.core.store import Store
from tutelage.core.text import plain
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from tests.recipes.perfect_teacher import DOCUMENT, LEAF, QUESTIONS
from tests.trees import plant, write

RECIPE = Path(__file__).parents[2] / "recipes" / "quickstart.yaml"
STAGES = ("instructions", "asked", "responses", "accepted")
PATH = "knowledge/mill"
REPEATED = ("written before", "exact_duplicate", "near_duplicate")


def test_perfect_rows_survive(tmp_path: Path) -> None:
    tree = plant(tmp_path / "tree", {PATH: LEAF})
    write(tree / PATH / "docs" / "mill.md", DOCUMENT)
    recipe = yaml.safe_load(RECIPE.read_text("utf-8"))
    recipe |= {
        "taxonomy": str(tree),
        "models": {"teacher": {"ref": "scripted:tests.recipes.perfect_teacher:ask"}},
        "stages": {name: recipe["stages"][name] for name in STAGES},
    }
    file = write(tmp_path / "written.yaml", yaml.safe_dump(recipe, sort_keys=False))
    out = tmp_path / "run"
    Run(load_recipe(file), out, Store(out / ".store"), Silent()).execute()
    made = {name: Rows.load(out / name) for name in STAGES}
    written = _questions([*made["instructions"].kept, *made["instructions"].rejected])
    assert len(written) >= 0.9 * sum(map(len, QUESTIONS.values()))
    kept = _questions(made["accepted"].kept)
    lost = Counter(
        row["reason"]
        for stage in made.values()
        for row in stage.rejected
        if plain(question_of(row)) not in kept and not row["reason"].startswith(REPEATED)
    )
    assert len(kept) >= 0.95 * len(written), lost


def _questions(rows: list[Row]) -> set[str]:
    return {plain(question_of(row)) for row in rows}
