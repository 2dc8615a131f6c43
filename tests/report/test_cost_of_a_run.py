"""What a real run with known tokens and prices costs: exact, and once however often it stops."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Call, Usage
from tutelage.contract.context import Context, Silent
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows
from tutelage.core.errors import BudgetReached, StageError
from tutelage.core.store import Store
from tutelage.models.journal import Journal
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.write_report import write_report
from tutelage.runtime.run import Run

from tests.trees import harbour

RECIPE = """
taxonomy: tree
machine: {usd_per_hour: 0}
models:
  teacher: {ref: "scripted:", price: {input: "0.15", output: "0.60"}}
stages:
  instructions: {questions_per_passage: 2}
  asked: {use: filter, filters: [exact_duplicate, {length: {max_words: 40}}]}
  responses: {model: teacher}
  accepted: {use: filter, filters: [exact_duplicate]}
"""
INPUT, OUTPUT = Decimal("0.15") / 1_000_000, Decimal("0.60") / 1_000_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a recipe and its taxonomy."""
    harbour(tmp_path / "tree")
    (tmp_path / "priced.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def run(place: Path, *overrides: str) -> dict[str, Any]:
    """One invocation and its report's cost."""
    recipe = load_recipe(place / "priced.yaml", list(overrides))
    try:
        Run(recipe, place / "run", Store(place / "store"), Silent()).execute()
    finally:
        cost: dict[str, Any] = write_report(place / "run")["cost"]
    return cost


def paid(place: Path) -> tuple[int, Decimal]:
    """Answers in the journal and their price by their words, which a scripted model counts."""
    journal = Journal(place / "store" / "journal.sqlite")
    entries = list(journal.entries())
    journal.close()
    said = sum(len(turn["content"].split()) for entry in entries for turn in entry["messages"])
    answered = sum(len(entry["text"].split(" ")) for entry in entries)
    return len(entries), said * INPUT + answered * OUTPUT


def _sum(lines: list[dict[str, Any]], name: str = "usd") -> Decimal:
    return sum((Decimal(str(line[name])) for line in lines), Decimal(0))


def test_tokens_times_prices_to_the_last_digit(place: Path) -> None:
    cost = run(place)
    count, total = paid(place)
    assert cost["requests"] == count > 10
    assert Decimal(str(cost["usd"])) == total
    for name in ("by_stage", "by_leaf", "by_model", "by_purpose"):
        assert _sum(cost[name]) == total
    (sample,) = cost["per_accepted"]
    assert Decimal(str(sample["usd_total"])) == total
    assert sample["usd"] == float(total / sample["n"])


def test_a_run_that_stops_and_goes_on_is_charged_once(place: Path, tmp_path: Path) -> None:
    with pytest.raises(BudgetReached, match="budget"):
        run(place, "budget={requests: 5}")
    first = json.loads((place / "run" / "report.json").read_text(encoding="utf-8"))["cost"]
    second, third = run(place), run(place)
    _, total = paid(place)
    assert Decimal(str(second["usd"])) == total
    assert _sum([first, second], "usd_spent_now") == total
    assert (third["usd"], third["usd_spent_now"]) == (second["usd"], 0)


def test_a_stage_that_stopped_is_named_and_in_the_total(place: Path) -> None:
    with pytest.raises(BudgetReached):
        run(place, "budget={requests: 5}")
    report = json.loads((place / "run" / "report.json").read_text(encoding="utf-8"))
    cost, (count, total) = report["cost"], paid(place)
    assert (cost["requests"], Decimal(str(cost["usd"]))) == (count, total)
    assert total > 0 and cost["usd_spent_now"] == cost["usd"]
    for name in ("by_stage", "by_leaf", "by_model", "by_purpose"):
        assert _sum(cost[name]) == total
    assert "Stage 'instructions' is not finished" in report["missing"][0]
    page = (place / "run" / "report.html").read_text(encoding="utf-8")
    assert "Stages that are not finished" in page
    purposes = [line["purpose"] for line in run(place)["by_purpose"]]
    assert purposes == ["demonstration"]


def test_a_teacher_that_judges_charges_its_writing_to_no_label(place: Path) -> None:
    settings = "use: generate, samples: 2, rounds: 1, response_rubrics: [pair]"
    cost = run(place, "stages={rows: {" + settings + "}}")
    (label,) = [line for line in cost["per_accepted"] if line["kind"] == "label"]
    folder = place / "run" / "rows"
    made = Rows.load(folder)
    rows = [*made.kept, *made.rejected]
    told = [word for row in rows for word in row.get("verdicts") or [] if "model" in word]
    journal = Journal(place / "store" / "journal.sqlite")
    entries = [entry for word in told for key in word["keys"] if (entry := journal.show(key))]
    journal.close()
    price = sum(Decimal(entry["usage"]["usd"]) for entry in entries)
    assert label["n"] == len(told) > 0
    assert Decimal(str(label["usd_total"])) == price < Decimal(str(cost["usd"]))


TWICE = (
    "models.twin={ref: 'scripted:', price: {input: '0.15', output: '0.60'}}",
    "stages={first: {use: evaluate, models: [teacher], general: false}, "
    "second: {use: evaluate, models: [twin], general: false, metric: token_f1}}",
)
"""Two stages that ask one model the same."""
SECOND_ALONE = "stages={second: {use: evaluate, models: [twin], general: false, metric: token_f1}}"


def test_an_answer_that_two_stages_use_is_charged_once(place: Path) -> None:
    cost = run(place, *TWICE)
    _, total = paid(place)
    assert Decimal(str(cost["usd"])) == total == Decimal(str(cost["usd_spent_now"]))
    for name in ("by_stage", "by_leaf", "by_model", "by_purpose"):
        assert _sum(cost[name]) == total
    (reused,) = cost["reused"]
    assert (reused["stage"], Decimal(str(reused["usd"]))) == ("second", total)
    assert "second (" in (place / "run" / "report.md").read_text(encoding="utf-8")


def test_shared_answers_come_to_the_same_however_the_stages_were_made(place: Path) -> None:
    alone = run(place, TWICE[0], SECOND_ALONE)
    _, total = paid(place)
    assert (Decimal(str(alone["usd"])), alone["reused"]) == (total, [])
    for again in range(2):  # `second` is found in the store both times, `first` only the second
        cost = run(place, *TWICE)
        assert Decimal(str(cost["usd"])) == total, again
        lines = {line["stage"]: Decimal(str(line["usd"])) for line in cost["by_stage"]}
        assert lines == {"first": total, "second": 0}


class Slow(Stage):
    """Works for a while on its machine, and fails the first time."""

    def run(self, context: Context, rows: Rows) -> Rows:
        """The rows."""
        time.sleep(_WORK_SECONDS)
        if FAIL:
            context.ledger.call(context.stage, Call("*", "teacher", False, "", _LOST))
            raise FAIL.pop()
        return rows


_WORK_SECONDS = 0.2
_LOST = Usage(1, 70, usd=Decimal("0.5"))
"""What an answer used that never came; a stage that fails afterwards."""
FAIL: list[Exception] = []


def test_machine_time_of_a_stage_that_failed_is_charged_to_what_it_made_later(place: Path) -> None:
    changes = (f"stages.slow={{use: '{__name__}:Slow'}}", "machine.usd_per_hour=3600")
    FAIL.append(ValueError("out of luck"))
    with pytest.raises(StageError, match="out of luck"):
        run(place, *changes)
    (line,) = [line for line in run(place, *changes)["by_stage"] if line["stage"] == "slow"]
    assert line["seconds"] >= 2 * _WORK_SECONDS
    assert _WORK_SECONDS <= line["usd_spent_now"] <= line["usd"] - _WORK_SECONDS


def test_a_lost_answer_of_a_stage_that_failed_is_charged_to_what_it_made_later(place: Path) -> None:
    changes = (f"stages.slow={{use: '{__name__}:Slow'}}", "machine.usd_per_hour=0")
    for number in range(2):
        FAIL.append(ValueError(f"out of luck {number}"))
        with pytest.raises(StageError, match="out of luck"):
            run(place, *changes)
    (line,) = [line for line in run(place, *changes)["by_stage"] if line["stage"] == "slow"]
    assert (line["usd"], line["input_tokens"], line["usd_spent_now"]) == (1.0, 140, 0)
    assert not list((place / "run" / "slow").glob(".failures*"))
