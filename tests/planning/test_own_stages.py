"""A user's own stage is foretold from its kind, and from a pilot or an earlier run of it."""

from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.core.store import Store
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from tests.trees import harbour

OWN = "tests.planning.own_stages"
RECIPE = f"""
taxonomy: tree
models: {{teacher: "scripted:tests.stages.fakes:echo"}}
stages:
  rhymes: {{use: "{OWN}:Rhymes"}}
  critique: {{use: "{OWN}:Critique", critic: teacher}}
  short: {{use: "{OWN}:Shorten"}}
  quiz: {{use: "{OWN}:Quiz", model: teacher}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    harbour(tmp_path / "tree")
    file = tmp_path / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


def plan(file: Path, pilot: int | None = None) -> dict[str, PlanLine]:
    made = plan_recipe(load_recipe(file), Store(file.parent / ".store"), Silent(), pilot)
    assert made.pilot is None or not made.pilot.failures
    return {line.name: line for line in made.lines}


def execute(file: Path, store: str = ".store") -> dict[str, tuple[int, int]]:
    """By stage: requests and rows."""
    run = Run(load_recipe(file), file.parent / "run", Store(file.parent / store), Silent())
    run.execute()
    asked = dict.fromkeys(run.made, 0)
    for entry in run.spent:
        asked[entry.stage] += entry.usage.requests
    kept = {
        name: sum(counts["kept"] for counts in made.manifest["funnel"].values())
        for name, made in run.made.items()
    }
    return {name: (asked[name], kept[name]) for name in run.made}


def test_what_nobody_has_seen_is_unknown_and_never_nothing(file: Path) -> None:
    for line in plan(file).values():
        assert line.requests is None
        assert line.seconds is None
        assert line.source == "unknown"


@pytest.mark.parametrize("pilot", [3, 8])
def test_a_pilot_tells_how_often_a_stage_of_ones_own_asks(file: Path, pilot: int) -> None:
    happened = execute(file, "elsewhere")
    lines = plan(file, pilot)
    for name, (requests, rows) in happened.items():
        line = lines[name]
        assert line.source == "the pilot"
        assert line.requests is not None and line.seconds is not None
        assert line.requests.expected == pytest.approx(requests, rel=0.25), name
        if line.rows is not None:
            assert line.rows.low <= rows <= line.rows.high, name


def test_an_earlier_run_tells_it_too(file: Path) -> None:
    happened = execute(file)
    file.write_text(RECIPE.replace("models:", "seed: 2\nmodels:"), encoding="utf-8")
    for name, line in plan(file).items():
        requests, rows = happened[name]
        assert line.source == "an earlier run"
        assert line.requests is not None
        assert line.requests.expected == pytest.approx(requests, rel=0.05), name
        assert line.rows is None or line.rows.expected == pytest.approx(rows, rel=0.25), name


def test_a_stage_that_asks_no_model_is_foretold_from_the_rows_it_gets(file: Path) -> None:
    text = RECIPE.split("  critique:")[0].replace(f"{OWN}:Rhymes", "instructions")
    text += f'  short: {{use: "{OWN}:Shorten"}}\n'
    file.write_text(text, encoding="utf-8")
    line = plan(file)["short"]
    assert line.rows is not None and line.requests is not None
    assert line.requests.high == 0
    assert line.rows.low == 0 < line.rows.expected <= line.rows.high
