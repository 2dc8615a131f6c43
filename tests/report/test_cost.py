"""Money: exact to the last digit, charged to what survived, unknown where it is unknown."""

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from tutelage.core.artifacts import Rows, Scores, read_rows
from tutelage.report.report_data import build_report
from tutelage.report.terminal import summary
from tutelage.report.write_report import write_report

from tests.report.handmade import HandMade, rows, said, use


def _sum(lines: list[dict[str, Any]], name: str = "usd") -> Decimal:
    return sum((Decimal(str(line[name])) for line in lines), Decimal(0))


def _usd_total(report: dict[str, Any], kind: str) -> Any:
    return next(s["usd_total"] for s in report["cost"]["per_accepted"] if s["kind"] == kind)


def test_the_total_is_the_exact_sum_over_stages_leaves_and_models(
    whole: HandMade,
) -> None:
    cost = build_report(whole.path)["cost"]
    # 3.60 USD per hour is 0.001 per second: 10 + 100 + 20 + 50 seconds; the teacher took 0.45
    assert Decimal(str(cost["usd"])) == Decimal("0.63")
    for name in ("by_stage", "by_leaf", "by_model"):
        assert _sum(cost[name]) == Decimal("0.63")
        assert _sum(cost[name], "usd_spent_now") == Decimal("0.63")
    assert cost["seconds"] == 180
    assert (cost["usd_provider"], cost["usd_machine"]) == (0.45, 0.18)


def test_amounts_that_binary_fractions_cannot_hold_stay_exact(
    data_only: HandMade,
) -> None:
    entries = [use("extra", "0.0000000375", seconds=0.7) for _ in range(7)]
    data_only.stage("extra", None, {}, entries)
    cost = build_report(data_only.path)["cost"]
    assert _sum(cost["by_stage"]) == Decimal(str(cost["usd"]))
    assert Decimal(str(cost["usd"])) == Decimal("0.41") + 7 * Decimal("0.0007000375")


def test_all_spend_on_the_way_is_charged_to_accepted_samples(whole: HandMade) -> None:
    report = build_report(whole.path)
    demonstration, preference = report["cost"]["per_accepted"]
    assert demonstration["stages"] == ["instructions", "responses", "filter"]
    assert (demonstration["n"], demonstration["usd_total"]) == (4, 0.41)
    assert demonstration["usd"] == 0.1025
    assert preference["stages"] == ["attempts", "pairs"]
    assert (preference["n"], preference["usd_total"], preference["usd"]) == (
        2,
        0.06,
        0.03,
    )


def test_before_any_training_the_last_rows_are_priced(data_only: HandMade) -> None:
    (sample,) = build_report(data_only.path)["cost"]["per_accepted"]
    assert (sample["kind"], sample["n"], sample["usd_total"]) == (
        "demonstration",
        4,
        0.41,
    )


def test_before_any_training_demonstrations_are_what_pairs_were_attempted_at(
    data_only: HandMade,
) -> None:
    tries = rows("attempt", 4, "answer", completion=said("try"), reference="Answer")
    given = {"rows": [{"stage": "filter"}]}
    data_only.stage("attempts", Rows(tries), given, [use("attempts", "0.04")])
    data_only.stage("judged", Rows(tries), {"rows": [{"stage": "attempts"}]}, [])
    pair = rows("pair", 2, "attempt", chosen=said("good"), rejected=said("bad"))
    both = {"rows": [{"stage": "judged"}, {"stage": "filter"}]}
    data_only.stage("pairs", Rows(pair), both, [])
    report = build_report(data_only.path)
    found = {
        line["kind"]: (line["n"], line["usd_total"]) for line in report["cost"]["per_accepted"]
    }
    assert found == {"demonstration": (4, 0.41), "preference": (2, 0.04)}
    assert not any("No demonstrations" in gap for gap in report["missing"])


def test_attempts_that_become_demonstrations_too_are_carried_by_both(whole: HandMade) -> None:
    best = rows("best", 2, "attempt", completion=said("try"))
    whole.stage("best", Rows(best), {"rows": [{"stage": "attempts"}]}, [use("best", "0.01")])
    whole.stage("raft", None, {"rows": [{"stage": "best"}]}, [])
    report = build_report(whole.path)
    before = Decimal("0.41") + Decimal("0.06")
    pairs_alone = Decimal(str(_usd_total(report, "preference")))
    assert pairs_alone == Decimal("0.06")
    shared = Decimal(str(_usd_total(report, "demonstration")))
    assert Decimal("0.41") < shared < before + Decimal("0.01")
    assert _sum(report["cost"]["by_purpose"]) == Decimal("0.64")


def test_a_rerun_attributes_once_and_spends_nothing(whole: HandMade) -> None:
    first = build_report(whole.path)["cost"]
    whole.spent = []
    whole.write()
    again = build_report(whole.path)["cost"]
    assert again["usd"] == first["usd"]
    assert again["per_accepted"] == first["per_accepted"]
    assert again["usd_spent_now"] == 0


def test_spend_of_a_stage_that_did_not_finish_is_in_the_whole_run_and_in_no_sample(
    data_only: HandMade,
) -> None:
    data_only.spent.append(use("sft", seconds=5))
    data_only.write()
    cost = build_report(data_only.path)["cost"]
    unfinished = next(line for line in cost["by_stage"] if line["stage"] == "sft")
    assert (unfinished["usd"], unfinished["usd_spent_now"]) == (0.005, 0.005)
    assert cost["usd"] == 0.415
    (sample,) = cost["per_accepted"]
    assert sample["usd_total"] == 0.41


def test_an_unpriced_machine_makes_costs_unknown_not_zero(whole: HandMade) -> None:
    whole.facts["machine"] = {"usd_per_hour": None}
    whole.write()
    report = build_report(whole.path)
    assert report["cost"]["usd"] is None
    assert report["cost"]["usd_provider"] == 0.45
    assert _usd_total(report, "demonstration") is None
    assert [line["usd"] for line in report["cost"]["by_stage"]][:2] == [0.1, 0.3]
    assert any("usd_per_hour" in gap for gap in report["missing"])


def test_an_unpriced_model_makes_costs_unknown(data_only: HandMade) -> None:
    data_only.stage("judged", None, {}, [use("judged", None)])
    report = build_report(data_only.path)
    assert report["cost"]["usd"] is None
    assert _usd_total(report, "demonstration") == 0.41


def test_break_even_repays_the_time_of_authors(whole: HandMade) -> None:
    report = build_report(whole.path)
    lines = {line["label"]: line for line in report["cost"]["break_even"]}
    assert report["cost"]["authoring"]["usd"] == 50
    crowd = lines["Preference comparison by crowd workers"]
    assert crowd["samples_at_low"] == 186  # 50 / (0.30 - 0.03), rounded up
    modelled = lines["Demonstration, wage times time"]
    assert (modelled["samples_at_low"], modelled["samples_at_high"]) == (44, 9)


def test_costs_by_purpose_add_up_to_the_total(whole: HandMade) -> None:
    cost = build_report(whole.path)["cost"]
    found = {line["purpose"]: line["usd"] for line in cost["by_purpose"]}
    trained = {"demonstration": 0.41, "preference": 0.06, "training": 0.15, "evaluation": 0.01}
    assert found == trained
    assert _sum(cost["by_purpose"]) == Decimal("0.63")


def test_a_fixed_cost_that_nobody_stated_is_unknown_not_zero(whole: HandMade) -> None:
    whole.facts["authoring"] = None
    whole.write()
    report = build_report(whole.path)
    assert report["cost"]["authoring"] is None
    assert {line["samples_at_high"] for line in report["cost"]["break_even"]} == {None}
    assert any("authoring" in gap for gap in report["missing"])


def test_a_judged_label_carries_every_verdict_and_nothing_that_its_judge_wrote(
    data_only: HandMade,
) -> None:
    def word(number: int, grade: int | None) -> dict[str, Any]:
        key = {"keys": [f"k{number}"], "model": "judge", "grade": grade}
        return {"by": "judge pair", "keep": grade == 3, "reason": None} | key

    graded = [
        row | {"verdicts": [word(number, grade)]}
        for number, (row, grade) in enumerate(zip(rows("answer", 4), (3, 1, None, 3), strict=True))
    ]
    dropped = [row | {"reason": "judged"} for row in graded[1:3]]
    given = {"rows": [{"stage": "responses"}]}
    own = use("judge", seconds=3, model="")
    ledger = [use("judge", "0.06", judging=True), use("judge", "0.5"), own]
    data_only.stage("judge", Rows([graded[0], graded[3]], dropped), given, ledger)
    data_only.stage("later", Rows([graded[0]]), {"rows": [{"stage": "judge"}]}, [use("later", "9")])
    lines = build_report(data_only.path)["cost"]["per_accepted"]
    (label,) = [line for line in lines if line["kind"] == "label"]
    assert (label["n"], label["usd_total"], label["usd"]) == (3, 0.06, 0.02)
    assert label["stages"] == ["judge"]


def test_a_verdict_of_an_evaluation_is_a_judged_label_too(whole: HandMade) -> None:
    answers = [{"judged": word} for word in ("win", "loss", "tie", "inconsistent", "unparsable")]
    duels = [{"model": "sft", "leaf": "knowledge/a", **answer} for answer in answers]
    ledger = [use("duels", "0.3", model="sft"), use("duels", "0.05", judging=True)]
    whole.stage("duels", Scores([], duels), {}, ledger)
    lines = build_report(whole.path)["cost"]["per_accepted"]
    (label,) = [line for line in lines if line["kind"] == "label"]
    assert (label["n"], label["usd_total"], label["stages"]) == (2, 0.05, ["duels"])


def test_where_people_are_cheaper_there_is_no_break_even(data_only: HandMade) -> None:
    data_only.facts["machine"] = {"usd_per_hour": 3600}  # 10 seconds: 10.40 USD for 4 rows
    data_only.write()
    short, modelled = build_report(data_only.path)["cost"]["break_even"][:2]
    assert (short["samples_at_low"], short["samples_at_high"]) == (None, None)
    assert (modelled["samples_at_low"], modelled["samples_at_high"]) == (None, 14)


def _mixed(run: HandMade) -> None:
    """A mix of the 4 accepted rows twice, people's 3 and an earlier phase's 2; then training."""
    old = rows("phase", 2, completion=said("once"))
    run.stage("phase", Rows(old), {}, [use("phase", "0.02")])
    own = [
        row | {"id": f"answer:{n}"}
        for n, row in enumerate(rows("people", 3, completion=said("by hand")))
    ]
    run.stage("people", Rows(own), {}, [use("people", seconds=1, model="")])
    made = read_rows(run.path / "filter")
    again = [row | {"id": f"{row['id']}~2", "parents": [row["id"]]} for row in made]
    twice = [row | {"id": f"{row['id']}~2~2", "parents": [f"{row['id']}~2"]} for row in made[:1]]
    other = [row | {"id": f"{row['id']}#{n}"} for n, row in enumerate(own, 2)]
    parts = {"rows": [{"stage": "filter"}, {"stage": "people"}], "earlier": [{"stage": "phase"}]}
    run.stage("mix", Rows([*made, *again, *twice, *other, *old]), parts, [])
    student = {"rows": [{"stage": "mix"}], "student": [{"model": "student"}]}
    run.stage("sft", None, student, [])


def test_given_replayed_and_repeated_rows_carry_no_cost_and_are_told(data_only: HandMade) -> None:
    _mixed(data_only)
    report = write_report(data_only.path)
    (sample,) = report["cost"]["per_accepted"]
    counted = {name: sample[name] for name in ("n", "given", "replayed", "repeated")}
    assert counted == {"n": 4, "given": 3, "replayed": 2, "repeated": 5}
    assert sample["usd"] == sample["usd_total"] / 4
    beside = "3 read from files, 2 replayed from an earlier phase, 5 copies"
    for file in ("report.md", "report.html", "mix.card.md"):
        assert beside in (data_only.path / file).read_text(encoding="utf-8"), file
    assert "is in 4 of the rows" in (data_only.path / "mix.card.md").read_text("utf-8")


def test_rows_of_a_file_alone_have_no_price(tmp_path: Path) -> None:
    run = HandMade(tmp_path / "run")
    own = rows("people", 3, completion=said("by hand"))
    run.stage("people", Rows(own), {}, [use("people", seconds=1, model="")])
    run.stage("judge", Rows(own), {"rows": [{"stage": "people"}]}, [use("judge", "0.1")])
    report = write_report(run.path)
    (sample,) = report["cost"]["per_accepted"]
    assert (sample["n"], sample["given"], sample["usd"]) == (0, 3, None)
    assert any("No demonstrations were made" in gap for gap in report["missing"])
    card = (run.path / "judge.card.md").read_text(encoding="utf-8")
    assert "synthetic" not in card.lower()
    assert "3 read from files" in card


def test_what_providers_charge_is_told_where_the_machine_has_no_price(whole: HandMade) -> None:
    whole.facts["machine"] = {"usd_per_hour": None}
    whole.write()
    report = write_report(whole.path)
    known = "providers $0.45, machine unknown"
    for file in ("report.md", "report.html", "dpo.card.md"):
        assert known in (whole.path / file).read_text(encoding="utf-8"), file
    console = Console(width=200, file=StringIO())
    console.print(summary(report))
    assert known in console.file.getvalue()  # type: ignore[attr-defined]
    page = (whole.path / "report.html").read_text(encoding="utf-8")
    assert "Cost of one accepted sample" in page


def test_markdown_shows_each_human_price_with_source_caveat_and_break_even(whole: HandMade) -> None:
    report = write_report(whole.path)
    text = (whole.path / "report.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if "by crowd workers" in line]
    for part in ("2023", "$0.30", "186", "AlpacaEval", "36.8 seconds"):
        assert part in line
    kinds = {sample["kind"] for sample in report["cost"]["per_accepted"]}
    for price in (one for one in report["cost"]["baselines"] if one["kind"] in kinds):
        assert price["label"] in text


def test_a_card_counts_what_was_rejected_on_the_way(data_only: HandMade) -> None:
    kept = read_rows(data_only.path / "filter")
    data_only.stage("mix", Rows(kept), {"rows": [{"stage": "filter"}]}, [])
    write_report(data_only.path)
    card = (data_only.path / "mix.card.md").read_text(encoding="utf-8")
    assert "| knowledge/a | 2 | 2 |" in card
