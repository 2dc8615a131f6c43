"""Money: exact to the last digit, charged to what survived, unknown where it is unknown."""

from decimal import Decimal
from typing import Any

from pipeline.report import build_report
from tests.report.handmade import HandMade, use


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


def test_a_rerun_attributes_once_and_spends_nothing(whole: HandMade) -> None:
    first = build_report(whole.path)["cost"]
    whole.spent = []
    whole.write()
    again = build_report(whole.path)["cost"]
    assert again["usd"] == first["usd"]
    assert again["per_accepted"] == first["per_accepted"]
    assert again["usd_spent_now"] == 0


def test_spend_of_a_stage_that_did_not_finish_counts_as_spent_only(
    data_only: HandMade,
) -> None:
    data_only.spent.append(use("sft", seconds=5))
    data_only.write()
    cost = build_report(data_only.path)["cost"]
    unfinished = next(line for line in cost["by_stage"] if line["stage"] == "sft")
    assert (unfinished["usd"], unfinished["usd_spent_now"]) == (0, 0.005)
    assert cost["usd"] == 0.41


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


def test_break_even_repays_the_labor(whole: HandMade) -> None:
    report = build_report(whole.path)
    lines = {line["label"]: line for line in report["break_even"]}
    assert report["labor"]["usd"] == 50
    crowd = lines["Preference comparison by crowd workers"]
    assert crowd["samples_at_low"] == 186  # 50 / (0.30 - 0.03), rounded up
    modelled = lines["Demonstration, wage times time"]
    assert (modelled["samples_at_low"], modelled["samples_at_high"]) == (44, 9)


def test_where_people_are_cheaper_there_is_no_break_even(data_only: HandMade) -> None:
    data_only.facts["machine"] = {"usd_per_hour": 3600}  # 10 seconds: 10.40 USD for 4 rows
    data_only.write()
    short, modelled = build_report(data_only.path)["break_even"][:2]
    assert (short["samples_at_low"], short["samples_at_high"]) == (None, None)
    assert (modelled["samples_at_low"], modelled["samples_at_high"]) == (None, 14)
