"""The report's files: the schema others read, a page that is safe and whole, partial runs."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from tutelage.core.errors import InputError
from tutelage.report.report_data import build_report
from tutelage.report.terminal import summary
from tutelage.report.write_report import write_report

from tests.report.handmade import HOSTILE, LEAVES, HandMade


def test_report_json_has_the_keys_of_schema_1(whole: HandMade) -> None:
    written = write_report(whole.path)
    report = json.loads((whole.path / "report.json").read_text())
    assert report == json.loads(json.dumps(written))
    assert report["schema"] == 1
    assert {"recipe", "models", "outcome", "funnel", "cost"} <= set(report)
    line = {"model", "leaf", "kind", "metric", "n", "score", "low", "high"}
    assert line <= set(report["outcome"][0])
    assert {"stage", "leaf", "rows_in", "kept", "rejected"} == set(report["funnel"][0])
    cost = report["cost"]
    named = {"usd", "usd_spent_now", "seconds", "by_stage", "per_accepted", "baselines"}
    assert named <= set(cost)
    assert {"kind", "n", "usd"} <= set(cost["per_accepted"][0])
    baseline = {"kind", "label", "usd_low", "usd_high", "year", "source"}
    assert all(baseline <= set(entry) for entry in cost["baselines"])


def test_what_a_model_wrote_stays_text(whole: HandMade) -> None:
    write_report(whole.path)
    page = (whole.path / "report.html").read_text()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 10
    assert "<script" not in (whole.path / "report.md").read_text()


def test_names_that_a_user_gave_stay_text(whole: HandMade) -> None:
    whole.facts |= {"recipe": HOSTILE, "command": f"tutelage {HOSTILE}"}
    whole.facts["models"] = {HOSTILE: {"ref": HOSTILE, "identity": None}}
    whole.write()
    write_report(whole.path)
    assert "<script" not in (whole.path / "report.html").read_text()


def test_whence_prices_come_is_told_and_the_runs_day_is_not_theirs(whole: HandMade) -> None:
    refs = ("genai-prices 0.2.3", "recipe", None)
    models = {f"m{n}": {"ref": "x", "price_source": source} for n, source in enumerate(refs)}
    whole.facts |= {"models": models, "started": 1_790_000_000.0}
    whole.write()
    write_report(whole.path)
    told = "Providers&#39; prices: m0 as in genai-prices 0.2.3, m1 as the recipe says."
    for name in ("report.html", "report.md"):
        page = (whole.path / name).read_text(encoding="utf-8")
        assert told in page.replace("' prices: m0", "&#39; prices: m0")


def test_the_page_asks_for_nothing_from_elsewhere(whole: HandMade) -> None:
    write_report(whole.path)
    page = (whole.path / "report.html").read_text()
    assert not re.findall(r'\b(?:src|href)="(?!#)[^"]*"|@import|url\((?!#)', page)
    links = set(re.findall(r"https?://[^\s\"'<]*", page.replace("http://host/v1#big", "")))
    assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_same_run_gives_the_same_page(whole: HandMade) -> None:
    write_report(whole.path)
    first = (whole.path / "report.html").read_bytes()
    write_report(whole.path)
    assert (whole.path / "report.html").read_bytes() == first


def test_a_sample_leads_back_to_its_seed(whole: HandMade) -> None:
    samples = build_report(whole.path)["samples"]
    pair = next(row for row in samples if row["stage"] == "pairs")
    ids = [step["id"] for step in pair["history"]]
    assert ids == ["pair:0", "attempt:0", "answer:0", "question:0"]
    assert pair["history"][-1]["sources"] == ["seed:0"]


def test_rows_can_be_browsed_by_leaf_and_status(whole: HandMade) -> None:
    samples = write_report(whole.path)["samples"]
    assert {row["status"] for row in samples} == {"kept", "unfaithful"}
    assert {row["stage"] for row in samples if row["status"] == "unfaithful"} == {"filter"}
    page = (whole.path / "report.html").read_text()
    for name in ("leaf-0", "leaf-1", "state-0", "state-1"):
        assert f'<option value="{name}">' in page
        assert f".sample:not(.{name}) {{ display: none; }}" in page


def test_rejected_rows_are_shown_by_reason(whole: HandMade) -> None:
    (entry,) = build_report(whole.path)["rejected_examples"]
    assert (entry["stage"], entry["reason"], entry["n"]) == ("filter", "unfaithful", 4)
    assert len({row["leaf"] for row in entry["rows"]}) == 2


def test_training_curves_survive_a_line_cut_short(whole: HandMade) -> None:
    sft, dpo = build_report(whole.path)["training"]
    assert (sft["stage"], dpo["stage"]) == ("sft", "dpo")
    assert len(sft["curves"]["loss"]) == len(sft["curves"]["eval_loss"]) == 8
    assert dpo["curves"]["logps/rejected"][-1] == [5, -10]


def test_curves_of_training_and_validation_are_drawn_and_named(whole: HandMade) -> None:
    write_report(whole.path)
    page = (whole.path / "report.html").read_text()
    for name in ("training loss", "validation loss", "log-probability, chosen", "margin of chosen"):
        assert f"</i>{name}" in page


def test_diversity_before_and_after_is_shown_by_stage(data_only: HandMade) -> None:
    figures = [
        {"leaf": leaf, "when": when, "metric": metric, "value": value}
        for leaf in ("*", LEAVES[0])
        for metric, before, after in (("vendi", 4.5, 3.25), ("self_bleu", 0.5, 0.25))
        for when, value in (("before", before), ("after exact_duplicate", 0.321), ("after", after))
    ]
    fall = {"leaf": LEAVES[0], "before": 9.0, "after": 3.0, "p": 0.001, "alarm": True}
    stats = {"diversity": figures, "collapse": [fall, fall | {"alarm": False, "before": 77}]}
    (data_only.path / "filter" / "stats.json").write_text(json.dumps(stats))
    (found,) = write_report(data_only.path)["diversity"]
    assert found["lines"][0] == {
        "leaf": "*",
        "metric": "vendi",
        "before": 4.5,
        "filters": {"exact_duplicate": 0.321},
        "after": 3.25,
    }
    page = (data_only.path / "report.html").read_text()
    assert "Did the rows stay diverse?" in page
    assert "4.5 → 3.25" in page
    row = page.partition("All leaves, after exact_duplicate</th>")[2].partition("</tr>")[0]
    assert row.count("0.321") == 2
    assert "9.0 to 3.0" in page
    assert "77" not in page.partition("Did the rows stay diverse?")[2].partition("<svg")[0]


def test_a_partial_run_says_what_is_missing(data_only: HandMade) -> None:
    report = write_report(data_only.path)
    assert report["outcome"] == []
    assert report["verdict"]["headline"] == "No model has been scored yet."
    assert len([gap for gap in report["missing"] if gap.startswith("No ")]) == 3
    assert "No model was trained" in (data_only.path / "report.html").read_text()


def test_weights_that_were_only_imported_are_no_trained_model(data_only: HandMade) -> None:
    data_only.stage("student-weights", None, {"model": [{"model": "student"}]}, [])
    assert "No model was trained." in build_report(data_only.path)["missing"]


def test_energy_is_told_and_what_of_it_was_not_measured(data_only: HandMade) -> None:
    file = data_only.path / "filter" / "manifest.json"
    made = json.loads(file.read_text())
    file.write_text(json.dumps(made | {"joules": {"gpu": 7.2e6, "cpu": 3.6e6}}))
    report = write_report(data_only.path)
    assert report["energy"]["kwh"] == 3.0
    assert not any("Energy" in gap for gap in report["missing"])
    said = "(cpu and gpu): 3 kWh, including everything else that ran on it; not measured: instru"
    assert said in (data_only.path / "report.html").read_text()


def test_a_run_whose_first_stage_failed_has_a_report(tmp_path: Path) -> None:
    run = HandMade(tmp_path)
    run.write()
    report = write_report(run.path)
    assert report["cost"]["usd"] == 0
    assert (tmp_path / "report.md").read_text().startswith("## handmade")


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json"):
        write_report(tmp_path)


def test_the_summary_shows_scores_and_prices(whole: HandMade) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(summary(build_report(whole.path)))
    text = console.export_text()
    assert "All questions" in text
    assert "accepted demonstration: $0.10 each, 4 accepted" in text
    assert "whole run: $0.63" in text
