"""Rounds run for real, on a tiny student; and what a loop cannot do is said before it begins."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tutelage
from tutelage.accounting.ledger import CALLS, Call, Usage
from tutelage.api import run_recipe
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import BudgetReached, RecipeError
from tutelage.core.store import Store
from tutelage.recipe.recipe import Recipe
from tutelage.runtime.improvement.loop import Improved, LoopSettings, check_loop, improve
from tutelage.runtime.improvement.loop_facts import facts
from tutelage.runtime.improvement.loop_page import headline, notes, page, write_loop
from tutelage.runtime.improvement.round_result import Round, payments_of
from tutelage.runtime.improvement.steering import LeafScore, StageYield, leaf_weights

from tests.runtime.improvement.rounds import LEAVES, made_round
from tests.stages.fakes import answered
from tests.trees import NOTICES_PATH, harbour, write

RECIPE = """
seed: 7
taxonomy: tree
budget: {requests: 500}
models: {teacher: "scripted:", student: "./tiny"}
stages:
  instructions: {questions_per_passage: 2, per_sample: 2}
  asked: {use: filter, filters: [exact_duplicate]}
  responses: {model: teacher}
  accepted: {use: filter, filters: [verified]}
  sft: {student: student, rows: accepted, learning_rate: 1e-2}
  evaluate: {models: [student, sft], max_tokens: 8, general: false}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    harbour(tmp_path / "tree")
    write(tmp_path / "mine.yaml", RECIPE)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(place: Path, **more: Any) -> LoopSettings:
    named: dict[str, Any] = {"sets": [], "models": {}, "taxonomy": None, "rounds": 3}
    return LoopSettings(place / "mine.yaml", **(named | more))


def test_a_later_round_trains_the_last_model_on_other_draws_and_asks_weak_leaves_for_more(
    place: Path,
) -> None:
    leaves = [str(leaf.path) for leaf in tutelage.load_taxonomy("tree").leaves]
    first = made_round(1, 10)
    for leaf, score in zip(leaves, list(first.scores.values()), strict=False):
        first.scores[leaf] = score
    first.rows[:] = [{"id": leaf, "leaf": leaf} for leaf in leaves]
    checkpoint = place / "loop/round-1/sft"
    checkpoint.mkdir(parents=True)
    (checkpoint / "config.json").write_text("{}", encoding="utf-8")
    recipe = settings(place, generator="student").load([first])
    assert recipe.seed == 8
    assert {str(recipe.models[name][0].file) for name in ("student", "teacher")} == {
        str(checkpoint)
    }
    weights = recipe.step("instructions").stage.leaf_weights  # type: ignore[attr-defined]
    assert weights and set(weights) <= set(leaves)
    text = RECIPE.replace("  asked:", "  more: {use: generate, samples: 4}\n  asked:")
    text = text.replace("asked: {use: filter", "asked: {use: filter, rows: [instructions, more]")
    write(place / "mine.yaml", text)
    first.yields["instructions"] = {leaves[0]: StageYield(9, 10)}
    first.yields["more"] = {leaves[0]: StageYield(1, 10)}
    steered = settings(place).load([first])
    asked = steered.step("instructions").stage.leaf_weights[leaves[0]]  # type: ignore[attr-defined]
    less = steered.step("more").stage.instructions.leaf_weights[leaves[0]]  # type: ignore[attr-defined]
    assert asked > less
    half = [f"stages.instructions.leaf_weights={json.dumps({leaves[0]: 0.5})}"]
    halved = settings(place, sets=half).load([first]).step("instructions").stage
    assert halved.leaf_weights[leaves[0]] == pytest.approx(asked / 2, abs=0.01)  # type: ignore[attr-defined]


ASKING = """
taxonomy: tree
budget: {requests: 500}
models: {teacher: {ref: "scripted:", budget: {requests: 500}}, student: "./tiny"}
stages:
  exam: {use: evaluate, models: [teacher], general: false}
  instructions: {questions_per_passage: 2, per_sample: 2}
"""


def loop_of(place: Path, name: str, monkeypatch: pytest.MonkeyPatch, **limits: int) -> Improved:
    """Two rounds of a recipe that only asks; later rounds ask the same exam and other rows."""
    loop = "tutelage.runtime.improvement.loop"
    rows: list[Row] = [{"id": "r", "leaf": "none that is examined"}]
    monkeypatch.setattr(
        f"{loop}.read_round", lambda n, at, _: replace(made_round(n, n, rows=rows), folder=at)
    )
    monkeypatch.setattr(f"{loop}.check_loop", lambda settings: None)
    store = Store(place / name / ".store")

    def run(recipe: Recipe, folder: Path, earlier: Sequence[Path]) -> dict[str, Any]:
        checkpoint = folder / "sft"
        write(checkpoint / "config.json", "{}")
        return run_recipe(recipe, folder, store, Silent(), after=earlier)

    write(place / "mine.yaml", ASKING)
    sets = [f"{path}.requests={limit}" for path, limit in limits.items()]
    *_, last = improve(settings(place, sets=sets, rounds=2), place / name, run)
    return last


@pytest.mark.parametrize("path", ["budget", "models.teacher.budget"])
def test_a_budget_holds_for_all_rounds_and_counts_what_they_share_once(
    place: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    free = loop_of(place, "free", monkeypatch)
    paid = [payments_of(one.folder) for one in free.rounds]
    both = len(paid[0] | paid[1])
    assert max(map(len, paid)) < both < sum(map(len, paid))
    enough = loop_of(place, "enough", monkeypatch, **{path: both})
    assert len(enough.rounds) == 2 and "budget" not in enough.why
    short = loop_of(place, "short", monkeypatch, **{path: both - 1})
    assert len(short.rounds) == 1 and "budget" in short.why


def test_a_rounds_failures_are_all_counted(tmp_path: Path) -> None:
    (tmp_path / "responses").mkdir()
    failed = Call("*", "teacher", False, "", Usage(1))
    calls = [failed, failed, Call("*", "teacher", False, "k", Usage(1, 5))]
    lines = [json.dumps(call.to_json()) for call in calls]
    (tmp_path / "responses" / CALLS).write_text("\n".join(lines), encoding="utf-8")
    assert sum(payments_of(tmp_path).values(), Usage()).requests == 3


def finished(place: Path, scores: dict[str, LeafScore], rows_of: str = "accepted") -> Round:
    """A first round of some scores, with the files that the next one reads."""
    first = replace(made_round(1, 10), folder=place / "loop/round-1")
    first.scores.update(scores)
    first.rows[:] = [answered(f"{leaf}{n}", "yes", leaf=leaf) for leaf in scores for n in range(8)]
    write(first.checkpoint / "config.json", "{}")
    Rows(first.rows).save(first.folder / rows_of)
    return first


def test_a_leaf_that_is_asked_for_less_is_trained_on_again(place: Path) -> None:
    low, high = [str(leaf.path) for leaf in tutelage.load_taxonomy("tree").leaves][:2]
    own = finished(place, {low: LeafScore(0.1, 40), high: LeafScore(0.9, 40)})
    recipe = settings(place).load([own])
    weights = leaf_weights(own.leaves)
    again = recipe.step("sft_earlier_rounds").stage
    assert again.leaf_weights == {high: pytest.approx(1 - weights[high]), "*": 0}  # type: ignore[attr-defined]
    (joined,) = recipe.step("sft").sources["rows"]
    both = recipe.step(str(joined.stage))
    assert [one.stage for one in both.sources["rows"]] == ["sft_earlier_rounds", "accepted"]
    Rows(own.rows[:4]).save(own.folder / both.name)  # what a later round trained on
    later = settings(place).load([own])
    (read,) = later.step("sft_earlier_rounds").sources["rows"]
    assert len(later.step(str(read.stage)).stage.known_rows()) == 4  # type: ignore[attr-defined]


def test_a_mix_by_statements_is_steered_as_well(place: Path) -> None:
    text = RECIPE.replace("  sft:", "  mixed: {use: mix, rows: [accepted], exposures: 5}\n  sft:")
    write(place / "mine.yaml", text.replace("rows: accepted, learning", "rows: mixed, learning"))
    known = next(
        leaf.path for leaf in tutelage.load_taxonomy("tree").leaves if leaf.kind == "knowledge"
    )
    scores = {known: LeafScore(0.9, 40), NOTICES_PATH: LeafScore(0.1, 40)}
    first = finished(place, scores, "mixed")
    mix = settings(place).load([first]).step("mixed").stage
    assert mix.leaf_weights == {known: leaf_weights(first.leaves)[known]}  # type: ignore[attr-defined]


def test_conversations_are_steered_too(place: Path) -> None:
    text = RECIPE.replace("  asked:", "  talks: {use: converse, samples: 4}\n  asked:")
    text = text.replace(
        "  accepted: {use: filter", "  accepted: {use: filter, rows: [responses, talks]"
    )
    write(place / "mine.yaml", text)
    leaves = [str(leaf.path) for leaf in tutelage.load_taxonomy("tree").leaves]
    first = finished(place, {leaves[0]: LeafScore(0.9, 40), leaves[1]: LeafScore(0.1, 40)})
    weights = settings(place).load([first]).step("talks").stage.leaf_weights  # type: ignore[attr-defined]
    assert weights[leaves[0]] < 1 < weights[leaves[1]]


def test_a_leaf_that_does_well_is_asked_for_harder_tasks(place: Path) -> None:
    skill = tutelage.load_taxonomy("tree").leaf(NOTICES_PATH)
    text = skill.file.read_text(encoding="utf-8")
    text = text.replace("berth: [", "difficulty: [").replace('berth: "', 'difficulty: "')
    write(skill.file, text)
    first = made_round(1, 10)
    first.scores[NOTICES_PATH] = LeafScore(0.9, 40)
    first.rows[:] = [{"id": "r", "leaf": NOTICES_PATH}]
    checkpoint = place / "loop/round-1/sft"
    checkpoint.mkdir(parents=True)
    (checkpoint / "config.json").write_text("{}", encoding="utf-8")
    stage = settings(place).load([first]).step("instructions").stage
    assert stage.leaf_difficulty == {NOTICES_PATH: pytest.approx(0.88)}  # type: ignore[attr-defined]
    state = Improved([first, made_round(2, 20)], [{}, {}], [[], []], "")
    state.levels += [{}, {LEAVES[0]: 0.88}]
    html = page(facts(settings(place), state))
    assert "0.88" in html and "asked for harder ones" in html


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('student: "./tiny"', 'base: "./tiny"', "no such model"),
        ("models: [student, sft]", "models: [sft, student]", "must compare `models"),
        ("models: [student, sft]", "models: [student, teacher]", "must compare `models"),
        (
            "general: false}",
            "general: false, leaves: [], tasks: word_problem}",
            "no held-out question",
        ),
        ("  evaluate:", "  looks: {use: filter, rows: accepted}\n  # evaluate:", "`evaluate`"),
        ("  instructions:", "  instructions: {use: seeds}\n  # instructions:", "further round"),
    ],
)
def test_a_recipe_that_cannot_be_repeated_is_refused(
    place: Path, old: str, new: str, words: str
) -> None:
    text = RECIPE.replace(old, new)
    if "base" in new:
        text = text.replace("student: student", "student: base").replace("[student,", "[base,")
    if "seeds" in new:
        text = text.replace("asked: {use: filter", "asked: {use: filter, rows: instructions")
        text = text.replace("  responses: {model: teacher}\n", "")
        text = text.replace("accepted: {use: filter", "accepted: {use: filter, rows: asked")
    write(place / "mine.yaml", text)
    with pytest.raises(RecipeError, match=words):
        check_loop(settings(place))


def test_a_reached_budget_ends_the_loop_with_what_there_is(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = "tutelage.runtime.improvement.loop.read_round"
    monkeypatch.setattr(reader, lambda number, *_: made_round(number, 10))
    monkeypatch.setattr(LoopSettings, "load", lambda self, *_: None)
    monkeypatch.setattr("tutelage.runtime.improvement.loop.check_loop", lambda settings: None)

    def run(recipe: Recipe, folder: Path, earlier: Sequence[Path]) -> dict[str, Any]:
        if folder.name == "round-2":
            raise BudgetReached("enough", [])
        return {}

    *_, last = improve(settings(place), place / "loop", run)
    assert [one.number for one in last.rounds] == [1]
    assert "budget" in last.why


def test_the_page_says_what_each_round_gained(tmp_path: Path) -> None:
    rounds = [made_round(1, 10), made_round(2, 24), made_round(3, 24)]
    state = Improved(
        rounds, [{}, {LEAVES[0]: 1.5, LEAVES[1]: 0.5}, {}], [[], [], []], "round 3 gained nothing"
    )
    found = facts(settings(tmp_path), state)
    assert found["best"] == {"round": 2, "model": str(rounds[1].folder / rounds[1].after)}
    assert "60% of 40" in headline(found) and "+60 points" in headline(found)
    assert "Rounds after the first added +35 points." in notes(found)
    write_loop(tmp_path, found)
    assert json.loads((tmp_path / "improve.json").read_text("utf-8"))["rounds"][1]["rows"] == 2
    state.methods += [{}, {"instructions": {LEAVES[0]: 1.2}, "talks": {LEAVES[0]: 0.8}}, {}]
    assert "not what they teach" in page(facts(settings(tmp_path), state))
    html = page(found)
    assert 'href="round-2/report.html"' in html and "1.5" in html and "<script" not in html


def test_rounds_run_and_a_second_start_finds_them_all(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tutelage.cli.app import app
    from tutelage.testing.tiny_student import write_tiny_student

    for file in (place / "tiny").iterdir():
        file.unlink()
    taxonomy = tutelage.load_taxonomy("tree")
    write_tiny_student(
        place / "tiny", [seed.question for leaf in taxonomy.leaves for seed in leaf.seeds]
    )
    words = ["improve", "mine.yaml", "--rounds", "2", "--json"]
    app(words, standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert found["rounds"] and found["why"]
    assert all(one["rows"] > one["rows_again"] for one in found["rounds"])
    assert (place / "runs/mine-improved/round-1/report.html").is_file()
    app(words, standalone_mode=False)
    again = json.loads(capsys.readouterr().out)
    assert again == found
