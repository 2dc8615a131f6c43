"""Recitals in the report: they count as wrong, and the share that names the answer is shown too."""

from pathlib import Path

from tutelage.report.report_data import build_report
from tutelage.report.report_markdown import markdown

from tests.report.handmade import HandMade, scores


def test_both_figures_are_told(tmp_path: Path) -> None:
    found = scores({"sft": ([1] * 15 + [0] * 5, [1] * 20)})
    for row in found.answers[15:18]:
        row["why"] = "recital: it says 3 other statements of the documents too"
    run = HandMade(tmp_path)
    run.stage("evaluate", found, {"models": [{"model": "sft"}]}, [])
    report = build_report(run.path)
    assert [line["recited"] for line in report["outcome"]] == [3, 0, 3]
    said = (
        "sft: 3 of 40 answers recite several statements and count as wrong; 88% are right, 95% "
        "name the answer."
    )
    assert said in report["verdict"]["notes"]
    assert said in markdown(report)
