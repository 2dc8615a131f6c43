"""What the report says beside the score: recitals, which are wrong, and demands met in part."""

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


def test_demands_that_are_met_in_part_are_shown_beside_the_score(tmp_path: Path) -> None:
    found = scores({"student": ([0] * 20, [0] * 20), "sft": ([1] * 20, [1] * 10 + [0] * 10)})
    for row in found.answers[:20] + found.answers[60:]:
        row["partial"] = max(row["score"], 0.5)
    run = HandMade(tmp_path)
    models = [{"model": "student"}, {"model": "sft"}]
    run.stage("evaluate", found, {"models": models}, [])
    report = build_report(run.path)
    overall = {line["model"]: line["partial"] for line in report["outcome"] if line["leaf"] == "*"}
    assert overall["student"] == {"n": 20, "all": 0.0, "mean": 0.5}
    assert overall["sft"] == {"n": 20, "all": 0.5, "mean": 0.75}
    said = "sft: 50% of the 20 answers with demands meet all of them; the mean over single demands"
    assert f"{said} is 75%." in markdown(report)
