"""What a run needs is looked at before it starts, and everything that is missing told at once."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import InputError
from tutelage.core.free_memory import FreeMemory
from tutelage.core.language.token_length import likely_tokens
from tutelage.core.store import Store
from tutelage.planning.plan_recipe import Plan, plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import Keys
from tutelage.runtime.student_loading import load_models, model_problems

from tests.planning.plan_server import KEY, listing
from tests.trees import HARBOUR_PATH, harbour, write

RECIPE = """
taxonomy: tree
models:
  teacher: {ref: "URL#tiny", key_env: LAB_KEY}
  student: ./student
stages:
  instructions: {per_sample: 1}
  responses: {model: teacher}
  sft: {rows: responses}
"""
OWN = """
taxonomy: tree
models: {teacher: ./student}
stages: {instructions: {per_sample: 1}}
"""
CONFIG = {
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "vocab_size": 30,
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a taxonomy and a student, and a machine with room."""
    harbour(tmp_path / "tree")
    (tmp_path / "student").mkdir()
    (tmp_path / "student" / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    monkeypatch.setenv("LAB_KEY", KEY)
    students(monkeypatch, {"template": True})
    monkeypatch.setattr(
        "tutelage.planning.model_rates.free_memory", lambda: FreeMemory("CPU", 64e9)
    )
    return tmp_path


def students(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    """Spare the test the child process that loads transformers."""
    monkeypatch.setattr(
        "tutelage.runtime.student_loading.load_models",
        lambda models, uses: {m.name: found for m in models},
    )


def plan(place: Path, url: str) -> Plan:
    file = place / "mine.yaml"
    file.write_text(RECIPE.replace("URL", url), encoding="utf-8")
    return plan_recipe(load_recipe(file), Store(place / ".store"))


def test_with_everything_there_no_problem_is_found(place: Path) -> None:
    with listing() as url:
        made = plan(place, url)
    assert made.checks.problems == []
    ready = {model.name: model.ready for model in made.checks.models}
    assert ready == {
        "teacher": "reachable, has the model; key …ab from LAB_KEY",
        "student": "on disk",
    }
    assert KEY not in json.dumps(made.to_json())
    (sft,) = (line for line in made.lines if line.name == "sft")
    assert sft.memory is not None
    assert made.checks.disk_needed is not None
    assert made.checks.disk_needed < made.checks.disk_free


def test_a_set_that_is_too_small_to_learn_from_is_told_before_anything_runs(place: Path) -> None:
    with listing() as url:
        warnings = plan(place, url).checks.warnings
    (said,) = (text for text in warnings if text.startswith("stage 'sft': only about"))
    assert "a model seldom learns what is asked" in said
    assert "document_augmentation" in said


def test_all_that_is_missing_is_told_at_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    students(monkeypatch, {"template": False})
    monkeypatch.setattr("tutelage.planning.checks.free_disk", lambda folder: 10)
    monkeypatch.setattr("tutelage.planning.model_rates.free_memory", lambda: FreeMemory("CPU", 1e6))
    problems = plan(place, "http://127.0.0.1:9/v1").checks.problems
    for told in (
        "model 'teacher': http://127.0.0.1:9/v1 cannot be reached",
        "model 'student' has no chat template; give the stage `chat_template: chatml`",
        "stage 'sft': all weights, micro_batch 8",
        "GB of disk, but 0.0 are free",
    ):
        assert any(told in problem for problem in problems), told


def test_what_is_spread_over_devices_is_not_held_against_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.planning.model_rates.free_memory", lambda: FreeMemory("GPU", 1e6))
    spread = f"{RECIPE}\naccelerate: {{processes: 2, fsdp: true}}\n"
    monkeypatch.setattr("tests.planning.test_checks.RECIPE", spread)
    with listing() as url:
        made = plan(place, url)
    assert made.checks.problems == []
    (sft,) = (line for line in made.lines if line.name == "sft")
    assert sft.memory is None


def test_a_stage_with_a_chat_template_needs_none_of_the_student(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    students(monkeypatch, {"template": False})
    monkeypatch.setattr(
        "tests.planning.test_checks.RECIPE",
        RECIPE.replace("responses}", "responses, chat_template: chatml}"),
    )
    with listing() as url:
        assert plan(place, url).checks.problems == []


def test_a_server_whose_program_is_not_here_is_a_problem_where_it_is_asked(place: Path) -> None:
    def made(serve: str) -> Plan:
        teacher = f"{{ref: ./student, serve: {{command: '{serve} {{port}}'}}}}"
        text = RECIPE.replace('{ref: "URL#tiny", key_env: LAB_KEY}', teacher)
        (place / "mine.yaml").write_text(text, encoding="utf-8")
        return plan_recipe(load_recipe(place / "mine.yaml"), Store(place / ".store"))

    told = "model 'teacher': serve: no program 'vlm' here"
    assert made("vlm serve {model}").checks.problems == [told]
    assert made(f"{sys.executable} -m http.server --directory {{model}}").checks.problems == []
    missing = Keys(load_recipe(place / "mine.yaml", ["models.teacher.serve.command=vlm {port}"]))
    assert [str(one) for one in missing.problems(Store(place / ".store"))] == [told]


def test_a_key_that_is_not_set_stops_a_pilot_before_anything_is_sent(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_KEY")
    file = place / "mine.yaml"
    file.write_text(RECIPE.replace("URL", "http://127.0.0.1:9/v1"), encoding="utf-8")
    with pytest.raises(InputError, match="LAB_KEY"):
        plan_recipe(load_recipe(file), Store(place / ".store"), Silent(), 2)


@pytest.mark.slow
def test_students_are_opened_without_their_weights(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.runtime.student_loading.load_models", load_models)
    file = place / "mine.yaml"
    file.write_text(RECIPE.replace("URL", "http://127.0.0.1:9/v1"), encoding="utf-8")
    keys = Keys(load_recipe(file))
    (problem,) = model_problems(keys, keys.recipe.steps)
    assert "model 'student' cannot be loaded: " in str(problem)
    assert "tokenizer" in str(problem)


@pytest.mark.parametrize(("share", "told"), [(0.5, "problems"), (1.0, "warnings"), (2.0, "")])
def test_requests_longer_than_a_models_window_are_told(
    place: Path, share: float, told: str
) -> None:
    recipe = write(place / "own.yaml", OWN)
    longest = plan_recipe(load_recipe(recipe), Store(place / ".store")).lines[0].longest["teacher"]
    config = CONFIG | {"max_position_embeddings": int(longest * share)}
    (place / "student" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    made = plan_recipe(load_recipe(recipe), Store(place / ".store"))
    for name in ("problems", "warnings"):
        messages = [text for text in getattr(made.checks, name) if "`longest_passage`" in text]
        assert bool(messages) == (name == told)


def test_a_forecast_reckons_with_every_passage(place: Path) -> None:
    rows = "\n".join(f"| Part number {n} of the crane | {n} crowns |" for n in range(200))
    table = f"# Parts\n\n| part | price |\n|---|---|\n{rows}\n"
    write(place / "tree" / HARBOUR_PATH / "docs" / "parts.md", table)
    short, long = (
        plan_recipe(load_recipe(write(place / "own.yaml", text)), Store(place / ".store"))
        for text in (OWN.replace("per_sample: 1", "leaves: [compositional_skills]"), OWN)
    )
    sent = [made.lines[0].input_tokens for made in (short, long)]
    assert sent[0] is not None and sent[1] is not None
    assert sent[1].high > sent[0].high + likely_tokens(table)
