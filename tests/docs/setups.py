"""What code blocks need around them: rows, a taxonomy, the shipped recipes, a finished run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tutelage.api import run

from tests.trees import harbour, write

ROOT = Path(__file__).parents[2]
RECIPE = """# A recipe on scripted models: no training, and seconds from taxonomy to report.
seed: 1
taxonomy: {taxonomy}
models: {{teacher: "scripted:", student: "scripted:tutelage.models.engines.scripted:docile"}}
stages:
  instructions: {{questions_per_passage: 3, per_sample: 3}}
  asked: {{use: filter, filters: [on_attributes, grounded, exact_duplicate]}}
  responses: {{model: teacher}}
  accepted: {{use: filter, filters: [verified, consistent]}}
  evaluate: {{models: [student, teacher], max_tokens: 8, general: false}}
"""
ROWS = [
    ("What is a berth?", "A place where a boat lies."),
    ("What is a berth?", "A place where a boat lies."),
    ("Who opens the bridge?", "THE HARBOUR MASTER DOES, EVERY DAY AT SIX."),
    ("What does the crane lift?", "Up to 12 tonnes, as the sign beside it says."),
]


class Setups:
    """Prepares a page's folder; what takes long is made once and copied."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def prepare(self, name: str, folder: Path) -> None:
        """Bring one thing that a page needs into its folder."""
        made: dict[str, Callable[[Path], None]] = {
            "clone": self._clone,
            "recipe": self._recipe,
            "rows": self._rows,
            "runs": self._runs,
            "taxonomy": self._taxonomy,
        }
        made[name](folder)

    def _clone(self, folder: Path) -> None:
        for part in ("recipes", "taxonomies"):
            (folder / part).symlink_to(ROOT / part)

    def _taxonomy(self, folder: Path) -> None:
        harbour(folder / "my_taxonomy")

    def _recipe(self, folder: Path) -> None:
        write(folder / "my_recipe.yaml", RECIPE.format(taxonomy="my_taxonomy"))

    def _rows(self, folder: Path) -> None:
        lines = [json.dumps({"prompt": prompt, "completion": answer}) for prompt, answer in ROWS]
        write(folder / "my.jsonl", "\n".join(lines) + "\n")

    def _runs(self, folder: Path) -> None:
        """`runs/quickstart`, `runs/one` and `runs/two`: finished runs of the scripted recipe."""
        if not (self._cache / "runs").exists():
            harbour(self._cache / "tree")
            for seed, name in enumerate(("quickstart", "one", "two"), 1):
                file = write(self._cache / f"{name}.yaml", RECIPE.format(taxonomy="tree"))
                place = self._cache / "runs" / name
                run(file, settings={"seed": seed}, out=place, quiet=True)
        shutil.copytree(self._cache / "runs", folder / "runs", symlinks=True)
