"""Would more data help: the statement with its price, or why it cannot be made."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tutelage.core.artifacts import Scores
from tutelage.evaluation.statistics.doubling import statement
from tutelage.evaluation.statistics.scaling_law import Curve, Point
from tutelage.report.html_page import page
from tutelage.report.report_data import build_report
from tutelage.report.size_words import size_words
from tutelage.report.write_report import write_report

from tests.report.handmade import HandMade

CURVE = Curve(0.1, 6.0, 0.6)


def _figures(noise: float) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    sizes = (42, 84, 168, 337)
    return statement(
        [Point(n, tuple(CURVE.error(n) + rng.normal(0, noise, 3))) for n in sizes], questions=144
    )


def _with(run: HandMade, figures: dict[str, Any]) -> Path:
    given = {"rows": [{"stage": "filter"}], "student": [{"model": "student"}]}
    run.stage("scaling", Scores([], [], {"scaling": figures}), given, [])
    return run.path


def test_doubling_is_priced_as_made_here_and_as_people_price_it(whole: HandMade) -> None:
    report = build_report(_with(whole, _figures(0.01)))
    (found,) = report["scaling"]
    each = next(e for e in report["cost"]["per_accepted"] if e["kind"] == "demonstration")
    assert found["usd"] == pytest.approx(337 * each["usd"])
    assert found["people"][0]["usd_low"] == 337 * next(
        line["usd_low"] for line in report["cost"]["baselines"] if line["kind"] == "demonstration"
    )
    assert found["words"].startswith("Doubling the 337 rows would reduce wrong answers from")
    assert report["verdict"]["after"] == "dpo"  # the study is no evaluation of the run's models


def test_the_gain_is_counted_from_the_curve_not_from_what_happened_to_be_seen(
    whole: HandMade,
) -> None:
    errors = {48: 0.5, 97: 0.4, 194: 0.33, 388: 0.24}
    points = [Point(n, (error - 0.02, error + 0.02, error)) for n, error in errors.items()]
    (found,) = build_report(_with(whole, statement(points, questions=144)))["scaling"]
    then = found["doubling"]
    at_first = Curve(**found["curve"]).error(388)
    assert at_first > 0.245
    assert f"from {at_first:.0%} on the curve (24% measured) to about" in found["words"]
    assert then["gain_low"] <= at_first - then["error"] <= then["gain_high"]


def test_a_curve_that_cannot_carry_it_says_so(whole: HandMade) -> None:
    (found,) = build_report(_with(whole, _figures(0.15)))["scaling"]
    assert found["words"].startswith("The effect of doubling the 337 rows cannot be predicted:")


def test_where_the_evaluation_has_another_metric_the_page_says_so(whole: HandMade) -> None:
    file = whole.path / "evaluate" / "manifest.json"
    made = json.loads(file.read_text())
    file.write_text(json.dumps(made | {"fields": {"metric": "exact"}}))
    folder = _with(whole, _figures(0.01) | {"metric": "accept"})
    (found,) = build_report(folder)["scaling"]
    told = "wrong here by the metric accept, in the evaluation by exact"
    assert told in found["words"]
    file.write_text(json.dumps(made | {"fields": {"metric": "accept"}}))
    (found,) = build_report(folder)["scaling"]
    assert "metric" not in found["words"]


def test_the_page_draws_the_curve(whole: HandMade) -> None:
    write_report(_with(whole, _figures(0.01)))
    page = (whole.path / "report.html").read_text(encoding="utf-8")
    assert "Would more data help?" in page
    assert "Wrong answers by number of training rows" in page
    assert "Doubling the 337 rows" in (whole.path / "report.md").read_text(encoding="utf-8")


def test_a_law_over_sizes_is_said_where_it_predicted_the_largest_cell(whole: HandMade) -> None:
    check = {"rows": 337, "low": 0.15, "high": 0.25, "observed": 0.2, "inside": True}
    cell = {"parameters": 1000, "rows": 337, "error": 0.2, "errors": [0.2]}
    law = {"floor": 0.1, "a": 0.1, "alpha": 0.5, "b": 0.1, "beta": 0.5}
    split = {"times": 1, "parameters": 2e6, "rows": 300, "error": 0.2, "low": 0.1, "high": 0.3}
    sizes = {"cells": [cell], "law": law, "check": check, "splits": [split], "by_loss": None}
    report = build_report(_with(whole, _figures(0.01) | {"sizes": sizes}))
    (found,) = report["scaling"]
    assert found["size_words"][0] == (
        "The largest budget tried is best spent on 2 million parameters and 300 rows: 20% wrong "
        "(95% band 10–30)."
    )
    assert "A larger student, or more rows?" in page(report)
    missed = size_words(sizes | {"check": check | {"inside": False}})
    assert "cannot be said" in missed[0]
    wide = size_words(sizes | {"check": check | {"low": 0.0, "high": 1.0}})
    assert "too wide" in wide[0]
