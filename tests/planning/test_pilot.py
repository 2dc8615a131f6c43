"""The pilot: few requests, none of them wasted, and a forecast that rests on them."""

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.core.artifacts import question_of
from tutelage.core.store import Store
from tutelage.models.journal import Journal
from tutelage.planning.pilot_examples import seed_rows
from tutelage.planning.plan_recipe import Plan, plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import harbour

RECIPE = """
taxonomy: tree
models: {teacher: "scripted:"}
stages:
  instructions: {questions_per_passage: 3, per_sample: 2, details_per_passage: 2}
  asked: {use: filter, filters: [exact_duplicate]}
  responses: {model: teacher}
  accepted: {use: filter, filters: [exact_duplicate]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    harbour(tmp_path / "tree")
    file = tmp_path / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


def piloted(file: Path, requests: int = 4) -> Plan:
    return plan_recipe(load_recipe(file), Store(file.parent / ".store"), Silent(), requests)


def journalled(file: Path) -> int:
    with sqlite3.connect(file.parent / ".store" / "journal.sqlite") as db:
        (count,) = db.execute("SELECT count(*) FROM completions").fetchone()
    return int(count)


def test_a_pilot_sends_few_requests_and_none_that_the_run_does_not_need(file: Path) -> None:
    plan = piloted(file)
    assert plan.pilot is not None
    sent = journalled(file)
    assert plan.pilot.sent.requests == sent
    assert 4 <= sent <= 2 * 4 + 2 * 2  # four questions and their details, four answers
    run = Run(load_recipe(file), file.parent / "run", Store(file.parent / ".store"), Silent())
    run.execute()
    needed = sum(entry.usage.requests for entry in run.spent)
    assert journalled(file) == needed
    assert sum(entry.spent.requests for entry in run.spent) == needed - sent


def test_the_forecast_rests_on_the_pilot(file: Path) -> None:
    plan = piloted(file)
    sources = {line.name: line.source for line in plan.lines}
    assert sources["instructions"] == sources["asked"] == "the pilot"
    run = Run(load_recipe(file), file.parent / "run", Store(file.parent / ".store"), Silent())
    run.execute()
    for line in plan.lines:
        assert line.rows is not None
        funnel = run.made[line.name].manifest["funnel"]
        assert line.rows.low <= sum(counts["kept"] for counts in funnel.values()) <= line.rows.high


def test_a_pilot_leaves_no_stage_behind(file: Path) -> None:
    piloted(file)
    assert {path.name for path in (file.parent / ".store").iterdir()} <= {
        "journal.sqlite",
        "journal.sqlite.lock",
        "journal.sqlite-wal",
        "journal.sqlite-shm",
    }
    assert {line.state for line in piloted(file).lines} == {"to do"}


def test_what_a_killed_pilot_left_is_removed_a_day_later(file: Path) -> None:
    killed, running = (file.parent / ".store" / f".pilot-{name}" for name in ("old", "new"))
    for folder in (killed, running):
        (folder / "weights").mkdir(parents=True)
    days_ago = time.time() - 2 * 24 * 3600
    os.utime(killed, (days_ago, days_ago))
    piloted(file)
    assert running.exists() and not killed.exists()


def test_the_plan_is_json_too(file: Path) -> None:
    data = json.loads(json.dumps(piloted(file).to_json()))
    assert data["total"]["requests"]["likely"] > 0
    pilot = data["pilot"]
    assert pilot["tries_per_stage"] == 4
    assert sum(pilot["sent_by_stage"].values()) == pilot["sent"]["requests"]
    assert {*pilot["sent_by_stage"]} == {"instructions", "responses"}
    assert data["problems"] == []
    assert [stage["name"] for stage in data["stages"]] == [
        "instructions",
        "asked",
        "responses",
        "accepted",
    ]


def test_a_budget_below_the_forecast_is_a_problem_and_one_within_it_a_warning(file: Path) -> None:
    def checked(*settings: str) -> tuple[list[str], list[str]]:
        checks = plan_recipe(load_recipe(file, [*settings]), Store(file.parent / ".store")).checks
        return checks.problems, checks.warnings

    total = plan_recipe(load_recipe(file), Store(file.parent / ".store")).to_json()["total"]
    low, likely, high = (total["requests"][end] for end in ("low", "likely", "high"))
    assert checked(f"budget.requests={high}") == ([], [])
    problems, warnings = checked(f"budget.requests={likely - 1}")
    assert problems == [] and "`budget.requests`" in warnings[0] and "will probably" in warnings[0]
    problems, warnings = checked(f"budget.requests={low - 1}")
    assert warnings == []
    assert problems == [f"`budget.requests` is {low - 1}, but the run needs at least {low}"]
    own = "models.teacher={ref: 'scripted:', budget: {output_tokens: 3}}"
    assert "`models.teacher.budget.output_tokens` is 3" in checked(own)[0][0]


def test_what_finished_stages_share_is_held_against_a_budget_once(file: Path) -> None:
    evaluate = "use: evaluate, general: false, models: [teacher]"
    both = f"stages={{first: {{{evaluate}}}, second: {{{evaluate}, metric: token_f1}}}}"
    store = Store(file.parent / ".store")
    Run(load_recipe(file, [both]), file.parent / "run", store, Silent()).execute()
    journal = Journal(store.folder / "journal.sqlite")
    paid = sum(journal.models().values())
    journal.close()
    plan = plan_recipe(load_recipe(file, [both, f"budget.requests={paid}"]), store)
    assert (plan.checks.problems, plan.checks.warnings) == ([], [])


def test_a_pilot_keeps_to_the_budget_and_says_that_it_ended_there(file: Path) -> None:
    recipe = load_recipe(file, ["budget.requests=5"])
    made = plan_recipe(recipe, Store(file.parent / ".store"), Silent(), 8)
    assert made.pilot is not None and made.pilot.sent.requests == 5
    assert "budget: requests 5 of 5" in made.pilot.failures["instructions"]


@pytest.mark.parametrize("wanted", [1, 4, 5, 48, 100])
def test_any_number_of_seeds_makes_rows_to_train_on(file: Path, wanted: int) -> None:
    taxonomy = load_taxonomy(file.parent / "tree")
    seeds = sum(len(leaf.seeds) for leaf in taxonomy.leaves)
    assert seeds == 4
    rows = seed_rows(taxonomy, wanted).kept
    assert len(rows) == wanted == len({question_of(row) for row in rows})
    assert all(row["chosen"] != row["rejected"] for row in rows)
    assert not seed_rows(None, wanted).kept
