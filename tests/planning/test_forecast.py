"""Forecasts: what stages say of themselves, and what measurements make of it."""

import json
import math
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context, Silent
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows
from tutelage.core.store import Store
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.settings import TestTime
from tutelage.generation.writing import Writing
from tutelage.planning.estimates import Estimate, total
from tutelage.planning.estimator import Estimator
from tutelage.planning.forecasts.examining import evaluating
from tutelage.planning.forecasts.examining import test_time_requests as study_requests
from tutelage.planning.forecasts.repeated_rows import distinct, draws_for
from tutelage.planning.forecasts.table import forecast as foretell
from tutelage.planning.measurements import Measurements, Uses
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.row_estimates import (
    RowEstimate,
    known_length,
    known_rows,
    lengths_of,
    pooled,
)
from tutelage.planning.speed import Speed, Work, fit
from tutelage.planning.stage_forecast import PlannedStage, StageForecast
from tutelage.planning.training_cost import seconds_of_training
from tutelage.planning.training_steps import TimedSteps
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import Keys
from tutelage.runtime.run import Run
from tutelage.stages.evaluate import Evaluate
from tutelage.stages.filter import Filter
from tutelage.stages.generate import Generate
from tutelage.stages.instructions import Instructions
from tutelage.stages.judge import Judge
from tutelage.stages.pairs import Pairs
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.methods.grpo import GRPO
from tutelage.training.methods.sft import SFT

from tests.stages.fakes import answered
from tests.training.test_memory_estimate import SHAPE
from tests.trees import harbour

RECIPE = """
taxonomy: tree
machine: {usd_per_hour: 3.6}
models: {teacher: "scripted:", other: "scripted:tests.stages.fakes:echo"}
stages:
  instructions: {questions_per_passage: 3, per_sample: 2}
  asked: {use: filter, filters: [exact_duplicate]}
  responses: {model: teacher}
  accepted: {use: filter, filters: [exact_duplicate]}
"""
EXPECTED = Estimate(0.2, 0.6, 1.0)


class Mute(Stage):
    """A stage of a user's own that forecasts nothing."""

    def run(self, context: Context, taxonomy: Taxonomy) -> Rows:
        return Rows([])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    harbour(tmp_path / "tree")
    file = tmp_path / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


def forecast(file: Path) -> dict[str, PlanLine]:
    keys = Keys(load_recipe(file))
    keys.check()
    return {line.name: line for line in Estimator(keys, Store(file.parent / ".store")).lines()}


def expected(
    stage: Stage,
    seen: Measurements,
    rows: dict[str, list[RowEstimate]] | None = None,
    taxonomy: Taxonomy | None = None,
) -> StageForecast:
    models = {"teacher": ["teacher"]} if taxonomy else {}
    found = foretell(PlannedStage(stage, seen, rows or {}, models, {}, taxonomy))
    assert found is not None
    return found


def execute(file: Path) -> Run:
    run = Run(load_recipe(file), file.parent / "run", Store(file.parent / ".store"), Silent())
    run.execute()
    return run


def test_requests_are_known_before_anything_ran(file: Path) -> None:
    lines = forecast(file)
    asked = lines["instructions"].requests
    run = execute(file)
    sent = sum(e.usage.requests for e in run.spent if e.stage == "instructions" and e.model)
    assert asked == Estimate.exactly(sent)
    assert lines["accepted"].source == "assumed"
    rows, made = lines["accepted"].rows, len(run.made["accepted"].load().kept)  # type: ignore[union-attr]
    assert rows is not None
    assert rows.low <= made <= rows.high


def test_reasoning_may_take_its_allowance_beside_each_answer(file: Path) -> None:
    plain = forecast(file)["responses"]
    thinks = '{ref: "scripted:", reasoning_tokens: 1000}'
    file.write_text(RECIPE.replace('"scripted:",', f"{thinks},"), encoding="utf-8")
    allowed = forecast(file)["responses"]
    assert plain.requests == allowed.requests and plain.requests is not None
    assert plain.output_tokens is not None and allowed.output_tokens is not None
    more = allowed.output_tokens.high - plain.output_tokens.high
    assert more == pytest.approx(1000 * plain.requests.high)


def test_what_is_found_is_known_exactly_and_costs_nothing(file: Path) -> None:
    execute(file)
    for line in forecast(file).values():
        assert line.state == "found"
        assert line.rows is not None
        assert line.rows.low == line.rows.high


def test_each_request_is_charged_by_its_own_size_not_by_that_of_all(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tiered(url: str, name: str, usage: Usage) -> Decimal:
        """Twice the price where a prompt is long."""
        return Decimal(usage.input_tokens) * (2 if usage.input_tokens > 2000 else 1)

    monkeypatch.setattr("tutelage.models.model.listed_charge", tiered)
    swapped = 'teacher: "http://host/v1#tiered"'
    file.write_text(RECIPE.replace('teacher: "scripted:"', swapped), encoding="utf-8")
    line = forecast(file)["instructions"]
    assert line.usd is not None and line.input_tokens is not None
    assert line.input_tokens.low > 2000
    assert line.asked["teacher"].usd is not None
    for charged, tokens in zip(line.asked["teacher"].usd.ends, line.input_tokens.ends, strict=True):
        assert charged == pytest.approx(tokens, rel=0.01)


def test_an_earlier_run_is_the_measure_for_a_changed_one(file: Path) -> None:
    run = execute(file)
    file.write_text(RECIPE.replace("per_sample: 2", "per_sample: 4"), encoding="utf-8")
    lines = forecast(file)
    assert {line.source for line in lines.values()} == {"an earlier run"}
    rows = lines["asked"].rows
    assert rows is not None
    assert rows.high - rows.low < 0.8 * rows.expected
    assert rows.expected > len(run.made["asked"].load().kept)  # type: ignore[union-attr]


def test_what_another_model_did_says_nothing(file: Path) -> None:
    execute(file)
    swapped = 'teacher: "http://127.0.0.1:9/v1#other"'
    file.write_text(RECIPE.replace('teacher: "scripted:"', swapped), encoding="utf-8")
    assert {line.source for line in forecast(file).values()} == {"assumed"}


def test_a_batch_may_take_a_day_and_is_not_timed_as_single_requests(file: Path) -> None:
    swapped = 'teacher: {ref: "http://127.0.0.1:9/v1#other", batch: true}'
    file.write_text(RECIPE.replace('teacher: "scripted:"', swapped), encoding="utf-8")
    seconds = forecast(file)["instructions"].seconds
    assert seconds is not None
    assert seconds.expected >= 3600 and seconds.high >= 86400


def test_an_exam_and_grades_are_known_as_well(file: Path) -> None:
    text = (
        RECIPE
        + """
  drafts: {use: exam, teacher: teacher, student: other, count: 40, difficulty: hard}
  tries: {use: responses, rows: accepted, model: other, help: none, samples: 3}
  graded: {use: difficulty, rows: accepted, attempts: tries}
"""
    )
    file.write_text(text, encoding="utf-8")
    lines = forecast(file)
    drafts, accepted, graded = (lines[name] for name in ("drafts", "accepted", "graded"))
    assert drafts.requests and drafts.rows
    assert drafts.requests.low > drafts.rows.high / 2  # drafts are written, answered, tried
    assert accepted.rows and graded.rows == accepted.rows


def test_a_stage_that_says_nothing_is_unknown_and_so_is_what_follows(file: Path) -> None:
    text = RECIPE.replace(
        "instructions: {", "instructions: {use: tests.planning.test_forecast:Mute, "
    )
    file.write_text(text.replace("questions_per_passage: 3, per_sample: 2", ""), encoding="utf-8")
    for line in forecast(file).values():
        assert line.requests is None
        assert line.source == "unknown"


def test_spans_are_reckoned_end_by_end() -> None:
    assert Estimate(1, 2, 3) * 2.0 == Estimate(2, 4, 6)
    assert Estimate(1, 2, 3).short_of(2) == Estimate(0, 0, 1)


def test_supplies_are_pooled_by_leaf() -> None:
    long, short = known_length([(10, 4)]), known_length([(4, 8)])
    one = RowEstimate({"a": Estimate.exactly(3)}, {"a": long})
    two = RowEstimate(
        {"a": Estimate.exactly(1), "b": Estimate.exactly(2)}, {"a": short, "b": short}
    )
    both = pooled([one, two])
    assert both.rows == {"a": Estimate.exactly(4), "b": Estimate.exactly(2)}
    assert both.lengths["a"].question == Estimate.exactly(8.5)
    assert both.lengths["b"] == short
    assert both.length.question.expected == pytest.approx(7)


def test_rows_that_passed_the_same_filters_pass_again_and_say_nothing_of_new_ones() -> None:
    long = {"a": known_length([(10, 4)])}
    first = RowEstimate({"a": Estimate.exactly(90)}, long, passed=True)
    more = RowEstimate({"a": Estimate.exactly(40)}, long)
    stage = Filter(filters=["exact_duplicate"])
    seen = Measurements("an earlier run", {"a": (1100, 1200)}, passed=Counter(a=1000))
    makes = expected(stage, seen, {"rows": [first, more]}).makes
    assert makes is not None
    assert makes.rows["a"].expected == pytest.approx(90 + 20, abs=1)


def test_rows_held_against_others_may_repeat_them_which_a_pilot_does_not_show() -> None:
    size = {"a": known_length([(10, 4)])}
    rows = RowEstimate({"a": Estimate.exactly(100)}, size)
    stage = Filter(filters=["exact_duplicate"])

    def kept(seen: Measurements, against: RowEstimate | None) -> float:
        given = {"rows": [rows]} | ({"against": [against]} if against else {})
        makes = expected(stage, seen, given).makes
        assert makes is not None
        return makes.count.expected

    pilot, run = (
        Measurements("the pilot", {"a": (8, 8)}),
        Measurements("a run", {"a": (8, 8)}, whole=True),
    )
    assert kept(pilot, rows) < kept(pilot, None)
    assert kept(run, rows) == kept(run, None)


def test_the_more_questions_a_passage_is_asked_the_more_of_them_repeat(file: Path) -> None:
    keys = Keys(load_recipe(file))
    keys.check()
    taxonomy = keys.taxonomy
    assert taxonomy is not None
    leaf = next(leaf.path for leaf in taxonomy.leaves if leaf.kind == "knowledge")

    def made(questions: int, seen: Measurements) -> float:
        stage = Instructions(questions_per_passage=questions)
        makes = expected(stage, seen, taxonomy=taxonomy).makes
        assert makes is not None
        return makes.rows[leaf].expected / questions

    pilot, run = Measurements("the pilot"), Measurements("a run", whole=True)
    assert made(16, pilot) < made(4, pilot) < made(1, pilot) == pytest.approx(made(16, run))


def test_generation_asks_more_about_a_few_passages_than_of_a_skill(file: Path) -> None:
    keys = Keys(load_recipe(file))
    keys.check()
    taxonomy = keys.taxonomy
    assert taxonomy is not None
    known, skill = (
        next(leaf.path for leaf in taxonomy.leaves if (leaf.kind == "knowledge") is wanted)
        for wanted in (True, False)
    )

    def asked(samples: int, seen: Measurements) -> tuple[Estimate, Estimate]:
        stage = Generate(samples=samples, instructions=Writing(details_per_passage=0))
        leaves = [replace(leaf, samples=None) for leaf in taxonomy.leaves]
        outlook = expected(stage, seen, taxonomy=replace(taxonomy, leaves=tuple(leaves)))
        assert outlook.makes is not None
        questions = next(ask.requests for ask in outlook.requests if ask.leaf == known)
        assert outlook.makes.rows[skill].expected == samples
        return questions, outlook.makes.rows[known]

    pilot, run = Measurements("the pilot"), Measurements("a run", whole=True)
    (few, made), (straight, all_made) = asked(8, pilot), asked(8, run)
    assert made.expected == all_made.expected == 8
    assert few.expected > straight.expected
    _, short = asked(4000, pilot)  # more than can be asked about so few passages
    assert short.expected < 4000 == short.high


@given(count=st.floats(0.1, 200), same=st.just(0.0) | st.floats(1e-6, 0.5))
def test_so_many_draws_make_so_many_distinct(count: float, same: float) -> None:
    draws = draws_for(count, same)
    assert draws >= count * 0.999
    if math.isfinite(draws):
        assert distinct(draws, same) == pytest.approx(count, rel=1e-3)
    else:
        assert count * same >= 1


def test_a_second_round_is_reckoned_by_its_new_rows(file: Path) -> None:
    rounds = """
  more: {use: instructions, accepted: accepted, questions_per_passage: 6, per_sample: 4}
  more_answers: {use: responses, rows: more, model: teacher}
  both: {use: filter, rows: [accepted, more_answers], filters: [exact_duplicate]}
"""
    file.write_text(RECIPE + rounds, encoding="utf-8")
    execute(file)
    file.write_text(RECIPE.replace("models:", "seed: 2\nmodels:") + rounds, encoding="utf-8")
    lines = forecast(file)
    rows = {name: lines[name].rows for name in ("accepted", "more_answers", "both")}
    made = {name: span.expected for name, span in rows.items() if span is not None}
    assert made["accepted"] <= made["both"] < made["accepted"] + made["more_answers"]


def test_a_leaf_is_as_long_as_its_own_rows() -> None:
    short, long = answered("five", leaf="a"), answered("two " * 50, leaf="b")
    lengths = lengths_of([short, short | {"id": "2"}, long])
    assert set(lengths) == {"a", "b"}
    assert lengths["b"].answer.expected > 10 * lengths["a"].answer.expected


def test_the_steps_that_a_trainer_is_limited_to_are_the_work() -> None:
    rows = {"rows": [known_rows([answered("five"), answered("six") | {"id": "2"}])]}

    def passes(**knobs: Any) -> float:
        stage = SFT(epochs=3, batch_size=1, **knobs)
        work = expected(stage, Measurements("assumed"), rows).training
        assert work is not None
        return work.epochs

    assert (passes(), passes(trainer={"max_steps": 5})) == (3, 2.5)


def test_a_training_that_is_limited_in_time_takes_no_longer() -> None:
    rows = {"rows": [known_rows([answered("five")])]}

    def taken(**knobs: Any) -> Estimate:
        stage = SFT(epochs=1e6, **knobs)
        work = expected(stage, Measurements("assumed"), rows).training
        assert work is not None
        found = seconds_of_training(work, SHAPE, "cpu", None, stage)
        assert found is not None
        return found

    assert taken(seconds=30.0).high <= 30 + 90 < taken().low


def _of_a_judge(stage: Stage, steps: TimedSteps | None = None) -> StageForecast:
    rows = {"rows": [known_rows([answered(text) | {"id": text} for text in ("five", "six")])]}
    models = {"judge": ["judge"]}
    seen = Measurements("assumed")
    found = foretell(PlannedStage(stage, seen, rows, models, {}, None, steps))
    assert found is not None
    return found


def _asked_of_a_judge(stage: Stage, steps: TimedSteps | None = None) -> Estimate:
    return total(request.requests for request in _of_a_judge(stage, steps).requests)


def test_each_vote_of_a_judge_is_counted() -> None:
    assert _asked_of_a_judge(Judge(rubrics=["pair"], votes=5)) == Estimate(10, 10, 10)
    one, five = (_asked_of_a_judge(Pairs(votes=votes)).expected for votes in (1, 5))
    assert five == pytest.approx(5 * one / 1.05)  # a single verdict may be asked for again
    assert one > 0


def test_a_judge_grades_what_people_graded_as_well(tmp_path: Path) -> None:
    file = tmp_path / "graded.jsonl"
    row = {"question": "What is three and four?", "answer": "7", "grade": 3}
    file.write_text("".join(json.dumps(row) + "\n" for _ in range(3)), encoding="utf-8")
    asked = _of_a_judge(Judge(rubrics=["pair"], votes=5, labels=file)).requests
    assert total(one.requests for one in asked) == Estimate(25, 25, 25)
    assert all(one.own_tokens > 5 for one in asked)


def test_a_duel_is_asked_in_both_orders_and_each_verdict_perhaps_again() -> None:
    pairs = _asked_of_a_judge(Pairs(duels=3))
    assert pairs.high == 2 * 3 * 2 * 2  # prompts, duels, orders, tries
    case = Case("1", "a", "eval", ({"role": "user", "content": "3 and 4?"},), ("7",), ())
    models = {"models": ["student", "sft"], "judge": ["judge"]}

    class Examined(Evaluate):
        def cases(self, *args: Any, **more: Any) -> list[Case]:
            return [case]

    planned = PlannedStage(Examined(), Measurements("assumed"), {}, models, {})
    found = evaluating(Examined(), planned).requests
    asked = total(one.requests for one in found if one.model == "judge")
    assert asked == Estimate(0, 2.1, 4)  # none where both say the same


def test_a_judge_among_rewards_grades_every_answer() -> None:
    def asked(*rewards: Any, **knobs: Any) -> Estimate:
        settings = {"samples": 4, "pilot": 0, "validation": 0, "epochs": 3, "max_tokens": 16}
        return _asked_of_a_judge(GRPO(rewards=list(rewards), **(settings | knobs)))

    assert asked("verified") == Estimate(0, 0, 0)
    assert asked("judged").high == 2 * (2 * 4 * 3)  # each verdict asked for twice at the most
    assert asked({"judged": {"votes": 3}}).high == 3 * (2 * 4 * 3)
    assert asked("judged", pilot=16).high == 2 * (2 * 4 * 4)  # there are two prompts to try
    assert asked("judged", validation=0.5).high > 2 * (2 * 4 * 3) / 2


def test_a_single_vote_on_answers_of_a_study_may_be_asked_again() -> None:
    case = Case("1", "a", "eval", ({"role": "user", "content": "3 and 4?"},), ("7",), ())
    models, seen = {"models": ["student"], "judge": ["judge"]}, Measurements("assumed")

    def asked(votes: int) -> Estimate:
        study = TestTime(samples=[1, 4], choose=["judge"], votes=votes)
        planned = PlannedStage(Evaluate(), seen, {}, models, {})
        found = study_requests(Evaluate(), study, planned, [case])
        return total(one.requests for one in found if one.model == "judge")

    assert (asked(1).low, asked(1).high) == (4, 8)
    assert asked(3) == Estimate(12, 12, 12)


def test_a_judge_grades_what_there_is_time_for() -> None:
    settings: dict[str, Any] = {"samples": 4, "pilot": 0, "validation": 0, "max_tokens": 16}
    whole, short = (
        GRPO(rewards=["judged"], epochs=1e4, seconds=seconds, **settings) for seconds in (None, 60)
    )
    all_of_it, unmeasured = map(_asked_of_a_judge, (whole, short))
    assert unmeasured == Estimate(0, all_of_it.expected, all_of_it.high)
    assert "was not measured" in (_of_a_judge(short).warning or "")
    slow, fast = TimedSteps(10, 1e-3, "a pilot"), TimedSteps(10, 1e-9, "a pilot")
    assert 0 < _asked_of_a_judge(short, slow).high < 0.1 * all_of_it.high
    assert _asked_of_a_judge(short, fast) == all_of_it
    assert _of_a_judge(short, slow).warning is _of_a_judge(whole).warning is None


def test_few_rows_leave_a_share_near_the_expected_and_many_do_not() -> None:
    none = Measurements("assumed").kept("a", EXPECTED)
    few = Measurements("the pilot", {"a": (2, 2)}).kept("a", EXPECTED)
    many = Measurements("an earlier run", {"a": (900, 1000)}).kept("a", EXPECTED)
    assert none == EXPECTED
    assert 0.6 < few.expected < 1.0
    assert few.high - few.low > many.high - many.low
    assert many.expected == pytest.approx(0.9, abs=0.005)


def test_a_leaf_that_was_not_measured_takes_the_share_of_the_others() -> None:
    seen = Measurements("the pilot", {"a": (90, 100), "b": (80, 100)})
    assert seen.kept("c", EXPECTED).expected == pytest.approx(0.85, abs=0.01)


def test_prompts_are_as_long_as_those_measured_and_share_as_much() -> None:
    seen = Measurements("the pilot", uses={("teacher", "a", 48): Uses(4, 600, 400, 40, 100)})
    assert seen.prompt_tokens("teacher", "b", 48) == (150, 37.5)
    answer = seen.output_tokens("teacher", "a", 48)
    assert answer is not None
    assert answer.expected == 10


def test_rates_are_fitted_to_calls() -> None:
    works = [Work(400, 10, 5), Work(20, 40, 12), Work(0, 8, 8), Work(200, 90, 30), Work(50, 3, 3)]
    true = Speed(0.01, 0.004, 0.02, Estimate(1, 1, 1))
    calls = [(work, true.seconds(work)) for work in works]
    found = fit(calls, Speed(0.003, 0.003, 0.01, Estimate(1, 1, 1)))
    large = Work(1000, 5000, 300)
    assert found.seconds(large) == pytest.approx(true.seconds(large), rel=0.25)
