"""Test-time compute in the report: prices, words, and from when a trained model pays off."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tutelage.core.artifacts import Scores
from tutelage.evaluation.statistics.doubling import statement
from tutelage.evaluation.statistics.scaling_law import Curve, Point
from tutelage.evaluation.statistics.token_law import token_law
from tutelage.report.html_page import page
from tutelage.report.pays_off import pays_off
from tutelage.report.report_data import build_report
from tutelage.report.report_markdown import markdown
from tutelage.report.test_time_plot import accuracy_by_tokens

from tests.report.handmade import HandMade, score_line

CURVE = Curve(0.1, 6.0, 0.6)


def _line(name: str, samples: int, score: float, tokens: float, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "strategy": name,
        "samples": samples,
        "revise": 0,
        "resample": 0,
        "think_tokens": None,
        "n": 100,
        "score": score,
        "low": score - 0.1,
        "high": min(1, score + 0.1),
        "chosen_score": None,
        "tokens": tokens,
        "input_tokens": 50.0,
        "seconds": tokens / 100,
        "usd": 0.0,
    } | more


def _study(model: str, one: float, eight: float) -> dict[str, Any]:
    lines = [
        _line("oracle", 8, 0.99, 320),
        _line("majority", 1, one, 40),
        _line("majority", 8, eight, 320),
        _line("<b>", 8, one / 2, 320),
    ]
    gain = {"name": "majority", "samples": 8, "resample": 0, "against": "one answer"}
    gains = [gain | {"difference": eight - one, "low": 0.05, "high": 0.3, "beyond_noise": True}]
    fall = {"name": "<b>", "verdict": "falls", "words": "<b>: the chooser is over-optimised."}
    return {
        "model": model,
        "questions": 100,
        "notes": [],
        "lines": lines,
        "gains": gains,
        "laws": [],
        "overuse": [fall],
        "difficulty": None,
    }


def _report(
    run: HandMade,
    studies: list[dict[str, Any]],
    target: float | None = None,
    scaling: bool | None = None,
) -> dict[str, Any]:
    """`scaling` adds a curve, and says whether its trainings took as many steps."""
    table = [score_line(one["model"], "*", "*", [[1, 0] * 50]) for one in studies]
    models = [{"model": "student"}, {"stage": "sft"}]
    folder = run.stage("exam", Scores(table, [], {"test_time": studies}), {"models": models}, [])
    _with_fields(folder, {"test_time": {"target": target}})
    if scaling is not None:
        points = [Point(n, (CURVE.error(n),) * 3) for n in (42, 84, 168, 337)]
        figures = {"scaling": statement(points, questions=144)}
        given = {"rows": [{"stage": "filter"}], "student": [{"model": "student"}]}
        curve = run.stage("scaling", Scores([], [], figures), given, [])
        _with_fields(curve, {"equal_steps": scaling})
    return build_report(run.path)


def _with_fields(folder: Path, fields: dict[str, Any]) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"fields": fields}))


def test_the_best_way_is_named_priced_and_set_beside_one_answer(whole: HandMade) -> None:
    found = _report(whole, [_study("student", 0.5, 0.7)])["test_time"]
    (study,) = found["models"]
    assert study["words"][0] == (
        "student answers 50% of 100 questions rightly with one answer that is drawn (40 tokens). "
        "The best, majority of 8, reaches 70% (95%: 60–80) with 8.0 times the tokens of one "
        "answer: +20 points (5–30), beyond noise."
    )
    eight = next(line for line in study["lines"] if line["name"] == "majority")
    assert eight["usd_each"] == pytest.approx(0.4 / 3600 * 3.6)
    assert "<b>: the chooser is over-optimised." in study["words"]


def test_training_pays_off_from_the_answers_that_it_saves(whole: HandMade) -> None:
    report = _report(whole, [_study("student", 0.5, 0.7), _study("sft", 0.7, 0.9)])
    found = report["test_time"]["break_even"]
    assert found["target"] == 0.7
    thinking, trained = found["options"]
    assert (thinking["line"]["samples"], trained["line"]["samples"]) == (8, 1)
    assert trained["once"] > 0
    saved = thinking["usd_per_1000"] - trained["usd_per_1000"]
    answers = found["words"][-1].rsplit("from ", 1)[1].split()[0].replace(",", "")
    assert int(answers) == pytest.approx(1000 * trained["once"] / saved, abs=1)


def test_what_both_models_cost_once_is_no_difference(whole: HandMade) -> None:
    studies = [_study("sft", 0.5, 0.7), _study("dpo", 0.7, 0.9)]
    report = _report(whole, [_study("student", 0.1, 0.2), *studies], target=0.7)
    thinking, *_, trained = report["test_time"]["break_even"]["options"][1:]
    assert 0 < thinking["once"] < trained["once"]
    more = trained["once"] - thinking["once"]
    saved = (thinking["usd_per_1000"] - trained["usd_per_1000"]) / 1000
    words = report["test_time"]["break_even"]["words"]
    assert words[-1] == pays_off("dpo", "sft", more, saved)


@pytest.mark.parametrize("equal_steps", [True, False])
def test_twice_the_rows_pay_off_from_so_many_answers_on(
    whole: HandMade, *, equal_steps: bool
) -> None:
    studies = [_study("student", 0.1, 0.2), _study("sft", 0.5, 0.7)]
    report = _report(whole, studies, target=0.7, scaling=equal_steps)
    (found,) = report["scaling"]
    spent = {line["stage"]: line["usd"] for line in report["cost"]["by_stage"]}
    once = found["usd"] + (0 if equal_steps else spent["sft"])
    thinking = report["test_time"]["break_even"]["options"][1]
    one = 1000 * 0.4 / 3600 * 3.6
    words = report["test_time"]["break_even"]["words"][-1]
    assert found["doubling"]["error"] < 0.3
    assert "one answer would be right in" in words
    rival = "thinking longer with sft"
    saved = (thinking["usd_per_1000"] - one) / 1000
    assert words.endswith(pays_off("Training on twice the rows", rival, once, saved))
    assert "answers on" in words


def test_rows_that_would_not_be_enough_never_pay_off(whole: HandMade) -> None:
    studies = [_study("student", 0.1, 0.2), _study("sft", 0.5, 0.97)]
    report = _report(whole, studies, target=0.95, scaling=True)
    assert report["test_time"]["break_even"]["words"][-1].endswith("not enough for 95%.")


def _law(sizes: int) -> dict[str, Any]:
    """The law of a majority right in 50% to 80%, by so many sizes."""
    tokens = [40.0 * 2**n for n in range(sizes)]
    right = np.random.default_rng(0).random((100, 1))
    values = (right < np.linspace(0.5, 0.8, sizes)).astype(float)
    law = token_law(tokens, values)
    assert law
    return {"name": "majority", "samples": [2**n for n in range(sizes)]} | law


def _bin(n: int, low: float, high: float, **best: Any) -> dict[str, Any]:
    return {"n": n, "rate_low": low, "rate_high": high, "resample": 0} | best


def _with_findings(sizes: int) -> dict[str, Any]:
    bins = [
        _bin(33, 0.0, 0.2, name="<b>", strategy="<b>", samples=8, score=0.31, tokens=320.0),
        _bin(
            34, 0.2, 0.6, name="majority", strategy="majority", samples=8, score=0.62, tokens=99.0
        ),
        _bin(
            33, 0.6, 1.0, name="majority", strategy="majority", samples=1, score=0.93, tokens=40.0
        ),
    ]
    curve = [{"budget": 320.0, "tokens": 160.0, "score": 0.7, "low": 0.6, "high": 0.8}]
    return _study("student", 0.5, 0.7) | {
        "laws": [_law(sizes)],
        "difficulty": {"bins": bins, "curve": curve},
    }


def test_the_law_is_drawn_with_its_band_as_far_as_was_measured(whole: HandMade) -> None:
    with_law = _report(whole, [_with_findings(4)])["test_time"]["models"][0]
    drawn = accuracy_by_tokens(with_law, 872, "wide")
    without = accuracy_by_tokens(with_law | {"laws": []}, 872, "wide")
    assert "fitted law" in drawn
    assert "fitted law" not in without
    dotted = drawn.count("stroke-dasharray") - without.count("stroke-dasharray")
    assert dotted == 4  # the law, both ends of its band, and the legend's
    cut = with_law["laws"][0] | {"measured_to": 100.0}
    short = accuracy_by_tokens(with_law | {"laws": [cut]}, 872, "wide")
    assert len(short) < len(drawn)  # fewer points


def test_a_law_of_three_sizes_is_said_to_be_untested(whole: HandMade) -> None:
    words = _report(whole, [_with_findings(3)])["test_time"]["models"][0]["words"]
    (law,) = (one for one in words if "fitted law" in one)
    assert law.endswith("It rests on 1, 2, 4 answers alone, so none is left to test it by.")


def test_a_law_of_four_sizes_is_said_with_its_test(whole: HandMade) -> None:
    words = _report(whole, [_with_findings(4)])["test_time"]["models"][0]["words"]
    (law,) = (one for one in words if "fitted law" in one)
    assert "Fitted without the largest number of answers" in law


def test_every_bin_of_difficulty_is_in_a_table(whole: HandMade) -> None:
    report = _report(whole, [_with_findings(4)])
    found = page(report)
    table = found.split("<h4>By difficulty</h4>")[1].split("</table>")[0]
    assert table.count("<tr>") == 4
    assert "&lt;b&gt; of 8" in table
    assert '<td class="n">20% to 60%</td><td>majority of 8</td><td class="n">62%' in table
    assert "one answer" in table
    assert "| 34 | 20% to 60% | majority of 8 | 62% | 99 |" in markdown(report)


def test_the_page_shows_it_with_names_escaped(whole: HandMade) -> None:
    report = _report(whole, [_study("student", 0.5, 0.7)])
    text = page(report)
    assert "What does thinking longer buy?" in text
    assert "&lt;b&gt;: the chooser" in text
    assert "<b>: the chooser" not in text
    assert "Thinking longer" in markdown(report)


def test_a_study_of_one_model_does_not_hide_the_comparison_of_two(whole: HandMade) -> None:
    before = build_report(whole.path)
    report = _report(whole, [_study("sft", 0.5, 0.7)])
    assert report["test_time"]["models"][0]["model"] == "sft"
    assert report["outcome"] == before["outcome"]
    assert not any("'exam'" in gap for gap in report["missing"])
