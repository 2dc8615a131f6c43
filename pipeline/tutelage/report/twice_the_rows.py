"""Thinking longer beside training on twice the rows, by the curve of the scaling stage.

Twice the rows cost the rows once, and the training the steps that it takes more; then one answer
is enough where thinking gives several.
"""

from typing import Any

from tutelage.evaluation.test_time.strategies import ORACLE
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent, usd
from tutelage.report.pays_off import pays_off

_NAME = "Training on twice the rows"


def twice_the_rows(
    run: RunFolder,
    cost: dict[str, Any],
    found: dict[str, Any],
    models: Table,
    options: Table,
    wanted: float,
) -> str:
    """What the curve says of twice the rows, and from how many answers on they pay off.

    `found` is an entry of `scaling`, `options` are what each of `models` takes to reach `wanted`.
    """
    if not found["carries"]:
        return f"What twice the rows would reach cannot be predicted: {found['why']}."
    trained = _trained_on_the_rows(run, found["stage"], [one["model"] for one in options])
    more = _more_once(run, cost, found, trained)
    price = "" if more is None else f", for {usd(more)} once"
    reached = 1 - found["doubling"]["error"]
    enough = "enough" if reached >= wanted else "not enough"
    said = (
        f"Trained on {found['doubling']['rows']:,} rows, twice as many, one answer would be right "
        f"in {percent(reached)} by the scaling curve{price}: {enough} for {percent(wanted)}."
    )
    thinking = next((one for one in options if one["model"] == trained and one["line"]), None)
    if reached < wanted or thinking is None:
        return said
    if thinking["line"]["samples"] == 1 and not thinking["line"]["revise"]:
        return f"{said} One answer of {trained} reaches it already."
    one = _one_answer(next(study for study in models if study["model"] == trained))
    long = thinking["usd_per_1000"]
    saved = None if long is None or one is None else long / 1000 - one
    return f"{said} {pays_off(_NAME, f'thinking longer with {trained}', more, saved)}"


def _trained_on_the_rows(run: RunFolder, scaling: str, models: list[str]) -> str | None:
    """The model that was trained on the rows of the curve; a studied one before others."""
    rows = _rows_of(run, scaling)
    same = [name for name in run.of_kind("checkpoint") if rows and _rows_of(run, name) == rows]
    return next((name for name in same if name in models), next(iter(same), None))


def _rows_of(run: RunFolder, stage: str) -> list[str]:
    given = run.manifests[stage].get("inputs", {}).get("rows", [])
    return [source["stage"] for source in given if "stage" in source]


def _more_once(
    run: RunFolder, cost: dict[str, Any], found: dict[str, Any], trained: str | None
) -> float | None:
    """USD of as many rows again and of the further steps; None where a price is unknown.

    A curve of trainings that all take as many steps says what more rows do without further ones.
    """
    rows = found.get("usd")
    if run.manifests[found["stage"]].get("fields", {}).get("equal_steps", True):
        return None if rows is None else float(rows)
    spent = [line["usd"] for line in cost["by_stage"] if line["stage"] == trained]
    if rows is None or trained is None or None in spent:
        return None
    return float(rows) + float(sum(spent))


def _one_answer(study: dict[str, Any]) -> float | None:
    """USD of one answer of a model; None where unknown."""
    lines = [line for line in study["lines"] if line["strategy"] != ORACLE]
    price = lines[0]["usd_each"]
    return None if price is None else float(price)
