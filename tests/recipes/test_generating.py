"""The recipes that have a judge, end to end: scripted teacher and judge, random student."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Silent, local_context
from tutelage.core.store import Store
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run
from tutelage.stages import RandomStudent
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import HARBOUR_PATH, NOTICES_PATH, harbour, plant, write

TOWNS = ("Arnholm", "Bergvik", "Dalby", "Eskil", "Fanefjord", "Granvik", "Holma", "Ivarsund")
ROOT = Path(__file__).parents[2]
LINKS = "foundational_skills/links"
GREETINGS = "compositional_skills/grounded/greetings"
MORE = {
    LINKS: """
task_description: Say which boat lies beside which.
samples: 4
attributes: {boat: [Alma, Bris], side: [left, right]}
seed_examples:
  - question: What lies to the left of the Alma?
    answer: A buoy.
    attributes: {boat: Alma, side: left}
  - question: Name what the Bris has on its right.
    answer: The pier.
    attributes: {boat: Bris, side: right}
eval_examples:
  - {question: Who has the pier on its port side?, answer: The Bris}
""",
    GREETINGS: """
task_description: Do what is asked about a notice.
samples: 4
seed_examples:
  - {context: Berth 7 is free today., question: Shorten it., answer: Berth 7 is free.}
  - {context: The crane is closed., question: Say it politely., answer: The crane is closed. Sorry.}
eval_examples:
  - {question: "The gate is shut tonight. Shorten this.", answer: shut}
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A taxonomy with a leaf of each flow."""
    made = tmp_path_factory.mktemp("recipes")
    harbour(made / "tree")
    facts = "\n".join(f"The ferry to {town} leaves from pier {n}." for n, town in enumerate(TOWNS))
    write(made / "tree" / HARBOUR_PATH / "docs" / "ferries.md", f"# Ferries\n\n{facts}\n")
    plant(made / "tree", MORE)
    return made


@pytest.fixture(scope="module")
def workshop(folder: Path) -> Path:
    """The same, with a random student."""
    context = local_context(folder / "student")
    RandomStudent().run(context, load_taxonomy(folder / "tree"))
    context.journal.close()
    return folder


def sets(workshop: Path, *more: str) -> list[str]:
    return [f"taxonomy={workshop / 'tree'}", "stages.evaluate.general=false", *more]


def run(workshop: Path, recipe: str, *more: str) -> Path:
    out = workshop / recipe
    command = [sys.executable, "-m", "tutelage.cli", "run", f"recipes/{recipe}.yaml"]
    command += ["--out", str(out), "--teacher", "scripted:", "--student", str(workshop / "student")]
    for text in sets(workshop, *more):
        command += ["--set", text]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return out


def manifest(place: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    return loaded


LAB = ["stages.short.samples=3", "stages.long.samples=3"]


def test_lab_generates_for_every_flow_with_all_its_steps(folder: Path) -> None:
    untrained = [f"stages.phase_{n}.trainer={{}}" for n in (1, 2, 3)]  # nothing of TRL to check
    overrides = sets(folder, *LAB, *untrained)
    recipe = load_recipe(ROOT / "recipes" / "lab.yaml", overrides, {"teacher": "scripted:"})
    out = folder / "rows"
    Run(recipe, out, Store(out / ".store"), Silent()).execute(until="compositional")
    for stage, leaf in (
        ("short", HARBOUR_PATH),
        ("long", HARBOUR_PATH),
        ("foundational", LINKS),
        ("compositional", NOTICES_PATH),
        ("compositional", GREETINGS),
    ):
        funnel = manifest(out / stage)["funnel"]
        assert funnel[leaf]["kept"] > 0, (stage, leaf, funnel)
    stats = json.loads((out / "compositional" / "stats.json").read_text(encoding="utf-8"))
    assert set(stats["judge"]["grades"]) == {"instruction", "pair"}


@pytest.mark.slow
def test_lab_trains_in_phases_with_replay(workshop: Path) -> None:
    steps = [f"stages.phase_{n}.trainer={{max_steps: 1}}" for n in (1, 2, 3)]
    out = run(workshop, "lab", *LAB, *steps)
    assert set(manifest(out / "rows_3")["funnel"]) == {HARBOUR_PATH, LINKS, NOTICES_PATH, GREETINGS}


@pytest.mark.slow
def test_preferences_of_all_three_sources_become_a_model(workshop: Path) -> None:
    steps = "stages.dpo.trainer={max_steps: 1}"
    out = run(workshop, "preference", 'models.judge="scripted:"', steps)
    stats = json.loads((out / "pairs" / "stats.json").read_text(encoding="utf-8"))["pairs"]
    assert stats["pairs"]["given"] == 10
    assert stats["prompts"] > 0
    assert 1 / 1.5 <= stats["length"]["ratio"] <= 1.5
