"""What people decided in a report: how good filters are, and what a decision of theirs costs."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row, Rows
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.html_page import page
from tutelage.report.labels_section import labels_section
from tutelage.report.measured_people import median_interval, people_here
from tutelage.report.report_data import report_of
from tutelage.report.report_markdown import markdown

from tests.label_files import decide
from tests.report.handmade import HandMade, rows, said, use

WAGE = {"usd_per_hour_low": 36, "usd_per_hour_high": 36, "source": "the recipe"}


def _word(keep: bool) -> dict[str, Any]:
    return {"by": "grounded", "keep": keep, "reason": None if keep else "not in it"}


@pytest.fixture
def reviewed(tmp_path: Path) -> RunFolder:
    """Ten rows of which a filter drops four; of these three are bad, and one that it keeps."""
    run = HandMade(tmp_path / "run")
    run.facts["wage"] = WAGE
    made = rows("answer", 10, completion=said("It is 25."))
    kept = [row | {"verdicts": [_word(True)]} for row in made[:6]]
    dropped = [row | {"verdicts": [_word(False)], "reason": "grounded: no"} for row in made[6:]]
    run.stage("accepted", Rows(kept, dropped), {}, [use("accepted")])
    bad = {"answer:0", "answer:6", "answer:7", "answer:8"}
    for number, row in enumerate(made):
        verdict = "reject" if row["id"] in bad else "accept"
        decide(run.path, row, verdict, seconds=4.0 + number)
    return RunFolder.load(run.path)


def test_filters_are_measured_on_what_people_decided_blindly(reviewed: RunFolder) -> None:
    found = labels_section(reviewed)
    assert found["decisions"] == {"accept": 6, "reject": 4}
    (line,) = found["filters"]
    assert (line["by"], line["n"], line["dropped"], line["bad"]) == ("grounded", 10, 4, 4)
    assert line["precision"]["share"] == line["recall"]["share"] == 0.75
    assert 0.25 < line["recall"]["low"] < 0.75 < line["recall"]["high"] < 1


def test_decisions_in_sight_of_verdicts_or_on_other_words_do_not_measure(
    reviewed: RunFolder, tmp_path: Path
) -> None:
    row: Row = reviewed.rows("accepted")[0]
    decide(reviewed.path, row, "accept", blind=False)
    decide(reviewed.path, row | {"id": "answer:1", "completion": said("other")}, "reject")
    (line,) = labels_section(reviewed)["filters"]
    assert line["n"] == 8


def test_only_the_filters_of_the_reviewed_stage_are_measured(tmp_path: Path) -> None:
    run = HandMade(tmp_path / "run")
    early = [{"by": "length", "keep": True, "reason": None}]
    made = [row | {"verdicts": early} for row in rows("answer", 3, completion=said("It is 25."))]
    run.stage("asked", Rows(made), {}, [use("asked")])
    late = [row | {"verdicts": [*early, _word(True)]} for row in made]
    run.stage("accepted", Rows(late), {"rows": [{"stage": "asked"}]}, [use("accepted")])
    for row in late:
        decide(run.path, row, "reject", stage="accepted")
    (line,) = labels_section(RunFolder.load(run.path))["filters"]
    assert (line["by"], line["n"]) == ("grounded", 3)


def test_peoples_seconds_are_a_price_beside_published_ones(reviewed: RunFolder) -> None:
    (price,) = people_here(reviewed)
    assert (price.kind, price.n, price.source) == ("label", 10, "measured here, n = 10")
    assert price.usd_low < 8.5 / 3600 * 36 < price.usd_high
    assert "median 8.5 s" in price.caveat
    report = report_of(reviewed)
    for shown in (page(report), markdown(report)):
        assert "measured here, n = 10" in shown
        assert "grounded" in shown
        assert "75%" in shown
    assert report["cost"]["baselines"][0]["n"] == 10


def test_a_few_decisions_are_no_price(tmp_path: Path) -> None:
    run = HandMade(tmp_path / "run")
    run.facts["wage"] = WAGE
    (row,) = rows("answer", 1, completion=said("It is 25."))
    run.stage("accepted", Rows([row]), {}, [use("accepted")])
    decide(run.path, row, "accept")
    assert people_here(RunFolder.load(run.path)) == []


def test_the_medians_range_holds_the_truth_about_as_often_as_it_says() -> None:
    import numpy as np

    draw = np.random.default_rng(1)
    hits = 0
    for number in range(200):
        _, low, high = median_interval(draw.lognormal(2, 0.7, 40).tolist(), number)
        hits += low <= np.exp(2) <= high
    assert 0.90 <= hits / 200 <= 0.99
