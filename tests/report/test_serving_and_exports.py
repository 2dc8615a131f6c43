"""What a request costs once the student serves, and whether an exported file answers alike."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Rows
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.exports_section import EXPORTS, exports_section
from tutelage.report.html_page import page
from tutelage.report.report_data import report_of
from tutelage.report.report_markdown import markdown
from tutelage.report.serving_section import serving, serving_words

from tests.report.handmade import HandMade, rows, scores, use


def _run(folder: Path, price: dict[str, float] | None, rate: float | None = 3.6) -> RunFolder:
    """A teacher that wrote a row for $1, and a student that took 2 s for 15 tokens."""
    run = HandMade(folder)
    run.facts |= {"machine": {"usd_per_hour": rate}, "authoring": None}
    run.facts["models"]["teacher"]["usd_per_million"] = price
    run.stage("made", Rows(rows("made", 2)), {}, [use("made", "1")])
    run.stage("sft", None, {"rows": [{"stage": "made"}]}, [use("sft", seconds=100)])
    asked = [use("evaluate", seconds=0.002, model="sft")]
    run.stage("evaluate", scores({"sft": ([1], [1])}), {"models": [{"stage": "sft"}]}, asked)
    return RunFolder.load(run.path)


def test_the_student_pays_from_so_many_requests_on(tmp_path: Path) -> None:
    found = serving(_run(tmp_path, {"input": 1000.0, "output": 4000.0}))
    student, teacher = found["models"]
    assert student["usd_per_million"] == pytest.approx(0.000002 / 15 * 1e6)
    assert teacher["usd_per_million"] == pytest.approx((10 * 1000 + 5 * 4000) / 15)
    saved = (teacher["usd_per_million"] - student["usd_per_million"]) * 15 / 1e6
    cost = 1 + 0.1 + 0.000002
    assert found["pays_from"]["teacher"] == pytest.approx(cost / saved, abs=1)
    assert "has paid for itself (Sardana et al. 2024)" in serving_words(found)[0]


def test_without_a_price_nothing_is_claimed(tmp_path: Path) -> None:
    found = serving(_run(tmp_path, None, rate=None))
    assert found["pays_from"] == {"teacher": None}
    assert "is unknown, because a price is" in serving_words(found)[0]


def test_a_dearer_student_does_not_pay_by_its_requests(tmp_path: Path) -> None:
    found = serving(_run(tmp_path, {"input": 0.001, "output": 0.001}))
    assert found["pays_from"] == {"teacher": None}
    assert "does not pay for itself" in serving_words(found)[0]


def test_a_checked_export_has_its_line(tmp_path: Path) -> None:
    run = _run(tmp_path, None)
    line: dict[str, Any] = {
        "file": "out.gguf",
        "stage": "sft",
        "kind": "Q8_0",
        "bytes": 145_000_000,
        "engine": "llama_cpp",
        "checkpoint": "as the run evaluated it",
        "n": 144,
        "score_before": 0.84,
        "score_after": 0.83,
        "difference": -0.01,
        "low": -0.03,
        "high": 0.02,
        "p": 0.5,
        "same_answers": 135,
    }
    (run.path / EXPORTS).write_text(json.dumps([line | {"score_after": 0.1}, line]))
    (found,) = exports_section(run)  # of one file the latest check
    assert "84% → 83% of 144 held-out questions" in found["words"]
    assert "within noise" in found["words"]
    report = report_of(run)
    for shown in (page(report), markdown(report)):
        assert "asked by llama.cpp" in shown
        assert "per million tokens" in shown
