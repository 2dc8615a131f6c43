"""Human prices: the shipped file, a user's own, and one that is wrong."""

from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import InputError
from tutelage.core.store import Store
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.baselines import load_baselines
from tutelage.report.plots import WIDE, cost_plot
from tutelage.report.report_data import build_report
from tutelage.runtime.run import Run

from tests.trees import harbour, write

_OWN = """
baselines:
  - {kind: demonstration, label: Our vendor, usd_low: 4, usd_high: 4.5, year: 2026, source: offer}
"""

_RECIPE = """
taxonomy: tree
baselines: prices.yaml
models: {teacher: "scripted:"}
stages: {instructions: {questions_per_passage: 1}}
"""


def test_every_shipped_price_has_a_source_and_a_caveat() -> None:
    lines = load_baselines(None)
    assert {line.kind for line in lines} == {"demonstration", "preference", "label"}
    for line in lines:
        assert line.source
        assert line.caveat
        assert line.usd_low <= line.usd_high


def test_a_user_replaces_them_beside_the_recipe(tmp_path: Path) -> None:
    harbour(tmp_path / "tree")
    write(tmp_path / "prices.yaml", _OWN)
    write(tmp_path / "mine.yaml", _RECIPE)
    recipe = load_recipe(tmp_path / "mine.yaml")
    Run(recipe, tmp_path / "run", Store(tmp_path / "store"), Silent()).execute()
    (tmp_path / "prices.yaml").unlink()  # a run keeps the prices that it was reported with
    (line,) = build_report(tmp_path / "run")["cost"]["baselines"]
    assert (line["label"], line["usd_high"]) == ("Our vendor", 4.5)


def test_a_wrong_file_is_named_with_line_and_path(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(_OWN.replace("usd_low", "usd_lo"))
    with pytest.raises(InputError, match=r"prices\.yaml:3: baselines\.0"):
        load_baselines(own)


@pytest.mark.parametrize(
    ("low", "high", "words"), [("9", "2", "usd_low 9 is above usd_high 2"), ("1", ".inf", "finite")]
)
def test_a_price_that_cannot_be_is_refused(tmp_path: Path, low: str, high: str, words: str) -> None:
    text = _OWN.replace("usd_low: 4,", f"usd_low: {low},").replace("4.5", high)
    with pytest.raises(InputError, match=words):
        load_baselines(write(tmp_path / "prices.yaml", text))


def test_a_price_from_nothing_on_is_drawn() -> None:
    line = {"kind": "label", "label": "Zero", "usd_low": 0, "usd_high": 5, "year": None}
    ours = {"kind": "label", "usd": 0.5, "usd_provider": 0.5}
    drawn = cost_plot({"per_accepted": [ours], "baselines": [line]}, WIDE)
    assert drawn is not None
    assert "$0 to $5" in drawn
