"""The scores of a reward model by leaf, and the worth of steps by line, are on the page."""

from tutelage.core.artifacts import Rows
from tutelage.report.html_page import page
from tutelage.report.report_data import build_report
from tutelage.report.report_markdown import markdown

from tests.report.handmade import LEAVES, HandMade, rows, said


def test_the_mean_score_of_each_leaf_is_shown_with_what_was_kept(whole: HandMade) -> None:
    scored = rows("scored", 6, "answer", completion=said("x"))
    dropped = [row | {"reason": "rewarded: too low"} for row in scored[4:]]
    means = {LEAVES[0]: -0.25, LEAVES[1]: 1.5}
    made = Rows(scored[:4], dropped, {"rewarded": means})
    whole.stage("best", made, {"rows": [{"stage": "responses"}]}, [])
    report = build_report(whole.path)
    (found,) = report["rewarded"]
    assert found["lines"] == [
        {"leaf": LEAVES[1], "mean": 1.5, "rows": 3, "kept": 2},
        {"leaf": LEAVES[0], "mean": -0.25, "rows": 3, "kept": 2},
    ]
    assert '<td class="n">-0.25</td><td class="n">3</td><td class="n">2</td>' in page(report)
    assert "| -0.25 | 3 | 2 |" in markdown(report)


def test_what_steps_are_worth_is_shown_by_line(whole: HandMade) -> None:
    pairs = rows("begun", 4, "answer", chosen=said("a"), rejected=said("b"))
    figures = {"beginnings": 24, "mean_by_line": {"10": 0.9, "2": 0.5, "1": 0.25}}
    made = Rows(pairs, [], {"step_values": figures})
    whole.stage("beginnings", made, {"rows": [{"stage": "responses"}]}, [])
    report = build_report(whole.path)
    (found,) = report["step_values"]
    assert [line["line"] for line in found["lines"]] == [1, 2, 10]
    assert found["words"].endswith(
        "made 4 pairs. After line 1, 25% of completions end right; after line 10, 90%."
    )
    shown = page(report)
    assert "What steps are worth: beginnings" in shown
    assert '<td class="n">25%</td><td class="n">50%</td><td class="n">90%</td>' in shown
    assert found["words"] in markdown(report)


def test_a_run_without_either_says_nothing_of_them(whole: HandMade) -> None:
    report = build_report(whole.path)
    assert report["rewarded"] == report["step_values"] == []
    assert "What steps are worth" not in page(report)
