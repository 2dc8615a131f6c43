"""Human prices: the shipped file, a user's own, and one that is wrong."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.recipe import load_recipe
from pipeline.report import build_report
from pipeline.report.baselines import load_baselines
from pipeline.running.run import Run
from pipeline.stage import Silent
from pipeline.store import Store
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
