"""The forgetting guard in the report, and benchmarks beside the leaves."""

from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Scores
from tutelage.report.report_data import build_report
from tutelage.report.write_report import write_report

from tests.report.handmade import HandMade, score_line, scores


def _evaluated(folder: Path, before: list[int], after: list[int], bits: float) -> HandMade:
    """A run whose student learned its leaves; the marks are those on the shipped questions."""
    made = scores({"student": ([0] * 25, [0] * 25), "sft": ([1] * 25, [1] * 25)})
    table, answers = list(made.table), list(made.answers)
    for model, marks in (("student", before), ("sft", after)):
        answers += [_answer(model, number, mark) for number, mark in enumerate(marks)]
        table.append(score_line(model, "benchmark:general", "benchmark", [marks], "accept"))
    change = {"before": "student", "n": 20, "difference": bits, "low": bits - 0.01}
    change |= {"high": bits + 0.01, "p": 0.001, "beyond_noise": True}
    read = {"texts": 20, "tokens": 900, "bytes": 4000}
    perplexity = [
        {"model": "student", "perplexity": 20.0, "bits_per_byte": 0.9} | read,
        {"model": "sft", "perplexity": 22.0, "bits_per_byte": 0.9 + bits, "change": change} | read,
    ]
    run = HandMade(folder)
    run.stage("sft", None, {"student": [{"model": "student"}], "rows": []}, [])
    models = {"models": [{"model": "student"}, {"stage": "sft"}]}
    run.stage("evaluate", Scores(table, answers, {"perplexity": perplexity}), models, [])
    return run


def _answer(model: str, number: int, mark: int) -> dict[str, Any]:
    names = {"model": model, "leaf": "benchmark:general", "example": str(number)}
    return names | {"question": "?", "answer": "!", "score": float(mark), "why": None}


def test_a_fall_beyond_noise_is_said_at_the_top(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, [1] * 50 + [0] * 14, [1] * 30 + [0] * 34, 0.08)
    report = build_report(run.path)
    assert report["general"][0]["fell"]
    said = next(note for note in report["verdict"]["notes"] if "General ability" in note)
    assert said.startswith("General ability fell beyond noise: 78% → 47% of 64")
    assert "perplexity on shipped texts 20.0 → 22.0 (+10%), beyond noise" in said


def test_a_small_fall_is_within_noise(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, [1] * 50 + [0] * 14, [1] * 49 + [0] * 15, 0.08)
    report = build_report(run.path)
    assert not report["general"][0]["fell"]
    assert report["general"][0]["words"].startswith("General ability: 78% → 77%")


def test_a_benchmark_is_compared_apart_from_the_mean_over_leaves(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, [1] * 64, [0] * 64, 0.1)
    compared = {line["leaf"]: line for line in build_report(run.path)["comparisons"]}
    assert compared["*"]["n"] == 50
    assert compared["*"]["difference"] == 1
    assert compared["benchmark:general"]["words"] == "worse beyond noise"


def test_the_page_shows_the_guard(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, [1] * 50 + [0] * 14, [1] * 49 + [0] * 15, 0.08)
    write_report(run.path)
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "Did it forget anything?" in page
    assert "worse beyond noise" in page
    assert "general (benchmark)" in page
