"""A plan on paper: whole in 80 columns, without a sum of nothing; as JSON with whole numbers."""

import io
from pathlib import Path

from rich.console import Console
from tutelage.planning.checks import Checks
from tutelage.planning.estimates import Estimate
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.plan_tables import tables, to_json
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import HIT, TO_DO

from tests.trees import harbour, write

WIDE = Estimate(0.00001, 12_345.6, 1_234_567.8)
RECIPE = """
taxonomy: tree
models: {teacher: "scripted:"}
stages:
  more_instructions: {use: instructions}
"""


def printed(folder: Path, line: PlanLine) -> str:
    harbour(folder / "tree")
    recipe = load_recipe(write(folder / "mine.yaml", RECIPE))
    page = io.StringIO()
    Console(file=page, width=80).print(tables(recipe, None, [line], Checks(), None))
    return page.getvalue()


def test_nothing_is_cut_in_eighty_columns(tmp_path: Path) -> None:
    line = PlanLine("more_instructions", "instructions", TO_DO, "assumed", WIDE, WIDE, WIDE, WIDE)
    line.usd, line.seconds, line.memory = (
        Estimate(0.00001, 1.5, 12.5),
        Estimate(1, 90, 9e4),
        Estimate(1, 2, 3),
    )
    page = printed(tmp_path, line)
    assert "…" not in page and "e-0" not in page
    assert page.count("more_instructions") == 2
    assert page.count("12k") == page.count("(0–1.2M)") >= 4
    assert "1.50 (<0.01–12.50)" in page and "90s (1s–25h)" in page


def test_a_plan_with_everything_found_has_no_sum(tmp_path: Path) -> None:
    assert "\nall" not in printed(tmp_path, PlanLine("more_instructions", "instructions", HIT))


def test_counts_are_whole_numbers_for_programs(tmp_path: Path) -> None:
    harbour(tmp_path / "tree")
    recipe = load_recipe(write(tmp_path / "mine.yaml", RECIPE))
    line = PlanLine("more_instructions", "instructions", TO_DO, "assumed", WIDE, WIDE)
    (stage,) = to_json(recipe, [line], Checks(), None)["stages"]
    assert stage["rows"] == stage["requests"] == {"low": 0, "likely": 12_346, "high": 1_234_568}
    assert isinstance(stage["requests"]["likely"], int)
    assert stage["use"] == "instructions"
