"""Better or not: who is compared with whom, and in which words."""

from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Rows, Scores
from tutelage.evaluation.score_tables import score_table
from tutelage.report.html_page import page
from tutelage.report.plots import MOST_LEAVES, WIDE, leaves_left_out, outcome_plot
from tutelage.report.report_data import build_report
from tutelage.report.report_markdown import markdown

from tests.report.handmade import LEAVES, HandMade, rows, said, score_line, scores


def _evaluated(
    path: Path, before: tuple[list[int], list[int]], after: tuple[list[int], list[int]]
) -> HandMade:
    run = HandMade(path)
    run.stage("answers", Rows(rows("answer", 2, completion=said("It is so."))), {}, [])
    inputs = {"rows": [{"stage": "answers"}], "student": [{"model": "student"}]}
    run.stage("sft", None, inputs, [])
    models = [{"model": "student"}, {"stage": "sft"}]
    run.stage("evaluate", scores({"student": before, "sft": after}), {"models": models}, [])
    return run


def test_the_base_is_the_first_model_and_training_steps_are_compared_too(
    whole: HandMade,
) -> None:
    compared = build_report(whole.path)["comparisons"]
    pairs = list(dict.fromkeys((line["before"], line["after"]) for line in compared))
    assert pairs == [("student", "sft"), ("student", "dpo"), ("sft", "dpo")]
    assert [line["leaf"] for line in compared[:3]] == [*LEAVES, "*"]


def test_regressed_leaves_are_named_first(whole: HandMade) -> None:
    report = build_report(whole.path)
    assert report["verdict"]["after"] == "dpo"
    assert report["verdict"]["notes"][0].startswith("Worse on b (\u221245 points")
    worst = report["regressed"][0]
    assert (worst["leaf"], worst["words"]) == (LEAVES[1], "worse beyond noise")
    assert [line["beyond_noise"] for line in report["regressed"]] == [True, True, False]


def test_of_many_leaves_those_that_changed_most_are_drawn() -> None:
    def line(model: str, number: int, score: float) -> dict[str, Any]:
        around = {"low": score, "high": score}
        return {"model": model, "leaf": f"knowledge/leaf{number}", "score": score} | around

    lines = [line("base", n, 0) for n in range(60)] + [line("sft", n, n / 60) for n in range(60)]
    drawn = outcome_plot(lines, WIDE)
    assert leaves_left_out(lines) == 60 - MOST_LEAVES
    assert "leaf59" in drawn
    assert "leaf35" not in drawn


def test_a_clear_gain_is_beyond_noise(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, ([0] * 25, [0] * 25), ([1] * 20 + [0] * 5, [0] * 25))
    verdict = build_report(run.path)["verdict"]
    assert verdict["result"] == "better beyond noise"
    assert "(sft) answers 40% of 50" in verdict["headline"]
    assert "better beyond noise (p < 0.001)" in verdict["headline"]
    assert verdict["notes"] == ["No leaf scored lower than student."]


def test_a_difference_inside_noise_is_called_so(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, ([0] * 25, [1] * 25), ([1] * 2 + [0] * 23, [1] * 24 + [0]))
    report = build_report(run.path)
    assert report["verdict"]["result"] == "within noise"
    assert "within noise" in report["verdict"]["headline"]
    assert any("would need about" in note for note in report["verdict"]["notes"])
    failed, lower, *_ = report["verdict"]["notes"]
    assert failed.startswith("The training failed: ")  # two points more are no gain
    assert lower.startswith("Lower but within noise: b")


def test_answers_that_were_cut_are_counted(whole: HandMade) -> None:
    lines = build_report(whole.path)["outcome"]
    assert [line["cut"] for line in lines if line["model"] == "student"] == [20, 10, 30]


def test_refused_questions_are_told_beside_the_score(tmp_path: Path) -> None:
    found = scores({"api": ([1] * 19 + [0], [1] * 20)})
    for row in found.answers:
        row["why"] = None if row["score"] else "failed (rejected): content policy"
    run = HandMade(tmp_path)
    run.stage("evaluate", found, {"models": [{"model": "api"}]}, [])
    report = build_report(run.path)
    assert [line["unanswered"] for line in report["outcome"]] == [1, 0, 1]
    said = "api: 1 of 40 questions got no answer and count as wrong."
    assert report["verdict"]["notes"] == [said]
    assert said in markdown(report)


def test_evaluations_and_tasks_that_are_left_out_are_named(tmp_path: Path) -> None:
    run = HandMade(tmp_path)
    given = {"models": [{"model": "api"}]}
    run.stage("by_accept", scores({"api": ([1], [0])}), given, [])
    last = Scores(scores({"api": ([1], [1])}).table, [], {"lm_eval_left_out": ["api"]})
    run.stage("by_exact", last, given, [])
    missing = build_report(run.path)["missing"]
    assert "The scores of stage 'by_accept': the report covers only the last evaluation." in missing
    assert (
        "lm_eval scores of api: the harness can only load weights that are on this machine."
        in missing
    )


def test_models_that_were_not_trained_here_are_compared_with_the_first(tmp_path: Path) -> None:
    run = HandMade(tmp_path)
    models = [{"model": "small"}, {"model": "large"}]
    made = scores({"small": ([0] * 25, [0] * 25), "large": ([1] * 20 + [0] * 5, [0] * 25)})
    run.stage("evaluate", made, {"models": models}, [])
    headline = build_report(run.path)["verdict"]["headline"]
    assert headline.startswith("large answers 40% of 50 held-out questions right, the base (small)")


def test_the_base_is_what_the_first_model_was_trained_from_and_a_teacher_is_compared_too(
    tmp_path: Path,
) -> None:
    run = HandMade(tmp_path)
    run.stage("random", None, {}, [])
    run.stage("answers", Rows(rows("answer", 2)), {"teacher": [{"model": "teacher"}]}, [])
    run.stage("sft", None, {"rows": [{"stage": "answers"}], "student": [{"stage": "random"}]}, [])
    models = [{"stage": "sft"}, {"stage": "random"}, {"model": "teacher"}]
    made = {
        "sft": ([1] * 20 + [0] * 5, [0] * 25),
        "random": ([0] * 25, [0] * 25),
        "teacher": ([1] * 25, [1] * 25),
    }
    run.stage("evaluate", scores(made), {"models": models}, [])
    report = build_report(run.path)
    lines = [line for line in report["comparisons"] if line["leaf"] == "*"]
    pairs = [(line["before"], line["after"], line["trained"]) for line in lines]
    assert pairs == [("random", "sft", True), ("random", "teacher", False)]
    assert report["verdict"]["headline"].startswith(
        "The trained model (sft) answers 40% of 50 held-out questions right, the base (random) 0%"
    )


def _on_benchmarks(path: Path, *benchmarks: str) -> dict[str, Any]:
    """The verdict on two models that were asked twelve questions of each benchmark."""
    questions: list[dict[str, Any]] = [
        {"leaf": f"benchmark:{name}", "kind": "benchmark", "metric": "numeric", "example": str(n)}
        | {"question": f"{n}?", "answer": "", "why": None}
        for name in benchmarks
        for n in range(12)
    ]
    right = {"base": 0.0, "other": 1.0}
    answers = [
        {"model": model, "score": score} | row
        for model, score in right.items()
        for row in questions
    ]
    run = HandMade(path)
    models = [{"model": "base"}, {"model": "other"}]
    run.stage("evaluate", Scores(score_table(answers), answers), {"models": models}, [])
    verdict: dict[str, Any] = build_report(path)["verdict"]
    return verdict


def test_without_a_taxonomy_the_verdict_is_on_the_first_benchmark(tmp_path: Path) -> None:
    found = _on_benchmarks(tmp_path, "general", "sums", "dates")
    assert found["headline"] == (
        "other answers 100% of 12 questions of sums (benchmark) right, the base (base) 0%: "
        "better beyond noise (p < 0.001)."
    )
    assert "dates (benchmark): +100 points, better beyond noise (p < 0.001)." in found["notes"]
    assert (found["before"], found["after"]) == ("base", "other")


def test_where_only_a_judge_can_score_its_words_are_the_verdict(tmp_path: Path) -> None:
    run = HandMade(tmp_path)
    win = {"model": "other", "against": "base", "leaf": "benchmark:poems", "n": 20, "wins": 15}
    win |= {"ties": 0, "losses": 5, "raw": 0.75, "score": 0.75, "low": 0.55, "high": 0.9}
    win |= {"beyond_noise": True}
    marks = [[1] * 15 + [0] * 5]
    table = [score_line("other", "benchmark:poems", "benchmark", marks, "win_rate")]
    models = [{"model": "base"}, {"model": "other"}]
    run.stage("evaluate", Scores(table, [], {"win_rates": [win]}), {"models": models}, [])
    headline = build_report(run.path)["verdict"]["headline"]
    assert headline.startswith("poems (benchmark): the judge prefers other to base in 75%")


def test_a_mean_over_graded_scores_and_verifiers_is_not_called_right_answers(
    tmp_path: Path,
) -> None:
    answers: list[dict[str, Any]] = [
        {"model": model, "leaf": f"knowledge/{metric}", "kind": "knowledge", "metric": metric}
        | {"example": "0", "question": "?", "answer": "", "score": score, "why": None}
        for model in ("base", "other")
        for metric, score in (("token_f1", 0.5), ("verify", 1.0))
    ]
    run = HandMade(tmp_path)
    models = [{"model": "base"}, {"model": "other"}]
    run.stage("evaluate", Scores(score_table(answers), answers), {"models": models}, [])
    report = build_report(run.path)
    assert report["outcome"][2]["metric"] == "score"
    headline = report["verdict"]["headline"]
    assert headline.startswith("other reaches a mean score of 75% on 2 held-out questions, the")
    assert "answered right" not in page(report)


def test_one_model_alone_is_scored_but_not_judged(
    tmp_path: Path,
) -> None:
    run = HandMade(tmp_path)
    models = [{"model": "student"}]
    run.stage("evaluate", scores({"student": ([1], [0])}), {"models": models}, [])
    report = build_report(run.path)
    assert len(report["outcome"]) == 3
    assert report["verdict"]["result"] == "unknown"
