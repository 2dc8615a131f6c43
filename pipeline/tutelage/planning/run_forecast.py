"""What a run that is under way is still expected to do and to cost, for a page that follows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutelage.core.store import Store
from tutelage.planning.estimates import Estimate
from tutelage.planning.estimator import Estimator
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import TO_DO, Keys

_COLUMNS = ("rows", "requests", "usd", "seconds")


def run_forecast(progress: Mapping[str, Any], store: Path) -> dict[str, dict[str, Any]]:
    """By stage that is not in the store yet: rows, requests, usd and seconds, each as [low,
    expected, high] or null where unknown. `progress` is that of the run, with the recipe's file and
    options. Raises TutelageError where the recipe is gone or wrong by now.
    """
    sets, models, taxonomy = _options(progress.get("options", []))
    keys = Keys(load_recipe(Path(progress["file"]), sets, models, taxonomy))
    keys.check()
    lines = Estimator(keys, Store(store), None).lines()
    return {
        line.name: {name: _span(getattr(line, name)) for name in _COLUMNS}
        for line in lines
        if line.state == TO_DO
    }


def _span(found: Estimate | None) -> list[float] | None:
    return None if found is None else [found.low, found.expected, found.high]


def _options(texts: list[str]) -> tuple[list[str], dict[str, str], str | None]:
    """What was given on the command line, as a recipe notes it: overrides, models, the taxonomy."""
    pairs = [text.partition(" ")[::2] for text in texts]
    sets = [value for name, value in pairs if name == "--set"]
    models = {n.removeprefix("--"): v for n, v in pairs if n not in ("--set", "--taxonomy")}
    taxonomy = next((value for name, value in pairs if name == "--taxonomy"), None)
    return sets, models, taxonomy
