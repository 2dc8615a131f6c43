"""Recipes: what is wrong is named with file, dotted path and nearest name before anything runs."""

from pathlib import Path

import pytest
from tutelage.contract.context import local_context
from tutelage.core.artifacts import Rows
from tutelage.core.errors import InputError, ModelReferenceError, RecipeError
from tutelage.core.store import Store
from tutelage.evaluation.benchmarks import GENERAL_QUESTIONS
from tutelage.models.model import ModelConfig
from tutelage.models.pricing import Price
from tutelage.planning.estimator import Estimator
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.recipe import Recipe, Source
from tutelage.runtime.keys import Keys
from tutelage.stages import Filter

from tests.stages.fakes import answered
from tests.training.test_memory_estimate import SHAPE
from tests.trees import harbour

ROOT = Path(__file__).parents[2]
RECIPE = """
seed: 7
taxonomy: tree
models:
  teacher: "scripted:"
  student: org/student
stages:
  instructions: {per_sample: 1}
  asked: {use: filter, filters: [length]}
  responses: {model: teacher}
  kept: {use: filter, rows: [responses, asked]}
  sft: {rows: kept, epochs: 2}
  attempts: {use: responses, rows: asked, model: sft, help: none}
  evaluate: {models: [student, sft]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A recipe that is right, with its taxonomy."""
    harbour(tmp_path / "tree")
    file = tmp_path / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


def _load(file: Path, old: str, new: str) -> Recipe:
    assert old in RECIPE
    file.write_text(RECIPE.replace(old, new), encoding="utf-8")
    return load_recipe(file)


def _wrong(file: Path, old: str, new: str) -> str:
    with pytest.raises(InputError) as caught:
        _load(file, old, new)
    message = str(caught.value)
    assert message.startswith(str(file))
    return message.splitlines()[0].removeprefix(f"{file}:")


@pytest.mark.parametrize("recipe", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda f: f.stem)
def test_every_shipped_recipe_loads_and_plans(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.planning.model_rates.read_shape", lambda path: SHAPE)
    keys = Keys(load_recipe(recipe))
    keys.check()
    lines = Estimator(keys, Store(tmp_path)).lines()
    assert {line.source for line in lines} == {"assumed"}


def test_inputs_are_bound_by_name_by_default_and_by_order(file: Path) -> None:
    recipe = load_recipe(file)
    bound = {step.name: step.sources for step in recipe.steps}
    assert (recipe.name, recipe.seed) == ("mine", 7)
    assert bound["instructions"]["teacher"] == [Source(model="teacher")]
    assert bound["instructions"]["taxonomy"] == [Source()]
    assert bound["asked"]["rows"] == [Source(stage="instructions")]
    assert bound["kept"]["rows"] == [Source(stage="responses"), Source(stage="asked")]
    assert bound["sft"]["student"] == [Source(model="student")]
    assert bound["attempts"]["model"] == [Source(stage="sft")]
    assert bound["evaluate"]["models"] == [Source(model="student"), Source(stage="sft")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed: 7", "sed: 7", "2: sed: unknown key 'sed'; did you mean 'seed'?"),
        ("seed: 7", "seed: '7'", "2: seed: Input should be a valid integer (given: '7')"),
        (
            "epochs: 2",
            "epoch: 2",
            "12: stages.sft.epoch: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        (
            "epochs: 2",
            "epochs: two",
            "12: stages.sft.epochs: Input should be a valid number (given: 'two')",
        ),
        (
            "use: filter, filters",
            "use: fliter, filters",
            "9: stages.asked.use: unknown name 'fliter'; did you mean 'filter'?",
        ),
        (
            "  evaluate: {",
            "  evalate: {",
            "14: stages.evalate: unknown name 'evalate'; did you mean 'evaluate'?",
        ),
        (
            "model: teacher",
            "model: techer",
            "10: stages.responses.model: no model or earlier stage 'techer'; did you mean 'teacher",
        ),
        (
            "rows: kept",
            "rows: kpt",
            "12: stages.sft.rows: no earlier stage 'kpt'; did you mean 'kept'?",
        ),
        (
            "rows: asked, model: sft",
            "rows: sft, model: sft",
            "13: stages.attempts.rows: stage 'sft' makes Checkpoint, but Rows is needed",
        ),
        (
            "[student, sft]",
            "[student, kept]",
            "14: stages.evaluate.models: stage 'kept' makes Rows, but Model is needed",
        ),
        ("rows: kept", "rows: [kept]", "12: stages.sft.rows: takes one name, not a list"),
        (
            "seed: 7",
            "accelerate: {fsdp: true}",
            "2: accelerate: `fsdp` spreads over devices: give `processes`, two or more (given: ",
        ),
        (
            "seed: 7",
            "accelerate: {machines: 2, config_file: two.yaml}",
            "2: accelerate: `machines` are started by Ray; leave out `config_file` and `through`",
        ),
        (
            "sft: {rows: kept",
            "sft: {student: teacher, rows: kept",
            "12: stages.sft.student: model 'teacher' has no weights here that could be trained",
        ),
        (
            "model: teacher",
            "samples: 1",
            "responses.model: required input of type Model",
        ),
        ("taxonomy: tree", "", " stage 'instructions' needs `taxonomy:` in the recipe"),
        ("  asked:", "  teacher:", "9: stages.teacher: a model has this name already"),
        ("  kept:", "  student-weights:", "11: stages.student-weights: a model has this name"),
        ("use: filter, filters", "use: pathlib:Path, filters", "'pathlib:Path' is not a Stage"),
        ("use: filter, filters", "use: nowhere:Stage, filters", "cannot be imported"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(file: Path, old: str, new: str, said: str) -> None:
    assert said in _wrong(file, old, new)


def test_all_that_is_wrong_is_named_at_once(file: Path) -> None:
    text = RECIPE.replace("per_sample", "per_simple").replace("epochs: 2", "epochs: no, lr: 1")
    file.write_text(text.replace("org/student", "nowhere").replace("asked, mo", "asket, mo"))
    with pytest.raises(InputError) as caught:
        load_recipe(file)
    told = [line.partition(": ")[2] for line in str(caught.value).splitlines()]
    assert [line.partition(":")[0] for line in told] == [
        "models.student",
        "stages.instructions.per_simple",
        "stages.sft.lr",
        "stages.sft.epochs",
        "stages.attempts.rows",
    ]


@pytest.mark.parametrize(
    "reference", ["student", "./nowhere", "package:no_such_package/x.gguf", "http://host/v1"]
)
def test_a_reference_to_no_model_is_named(file: Path, reference: str) -> None:
    file.write_text(RECIPE.replace("org/student", f'"{reference}"'), encoding="utf-8")
    with pytest.raises(ModelReferenceError, match=r"mine\.yaml:6: models\.student: "):
        load_recipe(file)


def test_filters_know_the_files_that_models_are_asked_by_content(file: Path) -> None:
    exam = file.parent / "exam.jsonl"
    text = RECIPE.replace("[student, sft]}", "[student, sft], benchmarks: [exam.jsonl]}")
    file.write_text(text, encoding="utf-8")
    identities = []
    for question in ("Who drew the lamp?", "Who built the crane?"):
        exam.write_text(f'{{"question": "{question}", "answer": "Ines"}}', encoding="utf-8")
        kept = load_recipe(file).step("kept").stage
        assert isinstance(kept, Filter)
        assert kept.held_out == [exam, GENERAL_QUESTIONS]
        identities.append(kept.identity())
    assert identities[0] != identities[1]


def test_the_shipped_questions_are_kept_out_where_they_are_asked(
    file: Path, tmp_path: Path
) -> None:
    asking = [{"role": "user", "content": "What is the capital of France?"}]
    rows = Rows([answered("Paris", "1", prompt=asking)])
    left = []
    for settings in ("", ", general: false"):
        file.write_text(RECIPE.replace("[student, sft]}", f"[student, sft]{settings}}}"), "utf-8")
        stage = load_recipe(file).step("kept").stage
        assert isinstance(stage, Filter)
        left.append(len(stage.run(local_context(tmp_path / "alone"), [rows]).kept))
    assert left == [0, 1]


def test_a_leaf_that_is_not_there_is_named_before_anything_runs(file: Path, tmp_path: Path) -> None:
    recipe = _load(file, "per_sample: 1", "leaves: [knowledge/harbor]")
    with pytest.raises(InputError, match="no leaf 'knowledge/harbor'; did you mean"):
        plan_recipe(recipe, Store(tmp_path))


def test_broken_baselines_are_found_before_anything_runs(file: Path, tmp_path: Path) -> None:
    recipe = _load(file, "seed: 7", "baselines: prices.yaml")
    (tmp_path / "prices.yaml").write_text("baselines: [{knd: label}]", encoding="utf-8")
    with pytest.raises(InputError, match=r"prices\.yaml:1: baselines\.0\.\w+: "):
        plan_recipe(recipe, Store(tmp_path))


def test_an_override_reaches_any_value(file: Path) -> None:
    overrides = ["stages.sft.epochs=3", "seed=9", "models.teacher.in_flight=2", "name=other"]
    recipe = load_recipe(file, overrides)
    assert (recipe.seed, recipe.name) == (9, "other")
    assert recipe.step("sft").stage.model_dump()["epochs"] == 3
    assert recipe.models["teacher"][1].in_flight == 2


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("stages.stf.epochs=3", "--set stages.stf.epochs=3: no 'stf'; did you mean 'sft'?"),
        ("stage.sft.epochs=3", "no 'stage'; did you mean 'stages'?"),
        ("stages.sft.epoch=3", "unknown key 'epoch'; did you mean 'epochs'?"),
        ("seeds=3", "unknown key 'seeds'; did you mean 'seed'?"),
        ("seed.x=3", "--set seed.x=3: 'seed' is not a mapping"),
        ("seed", "--set seed: write it as a.b=value"),
        ("sft.epochs=3", "--set sft.epochs=3: no 'sft'; did you mean 'stages.sft.epochs'?"),
        ("stages.sft.epochs=x", "--set stages.sft.epochs=x: Input should be a valid number"),
        ("models.teacher.engine=x", "--set models.teacher.engine=x: Input should be"),
        ("stages.asked.use=fliter", "--set stages.asked.use=fliter: unknown name 'fliter'"),
        ("seed=[", "not valid YAML"),
    ],
)
def test_a_wrong_override_is_named(file: Path, override: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(file, [override])
    assert said in str(caught.value)


def test_what_is_wrong_with_a_stage_names_the_options_that_changed_it(file: Path) -> None:
    recipe = load_recipe(file, ["stages.asked.filters=[lenght]"], {"teacher": "org/other"})
    (problem,) = Keys(recipe).problems()
    where = f"{file}:9: stages.asked (with --set stages.asked.filters=[lenght]): "
    assert str(problem).startswith(where)
    with pytest.raises(InputError, match=r"^--teacher no/such/name: 'no/such/name' is no model"):
        load_recipe(file, models={"teacher": "no/such/name"})


def test_a_model_is_swapped_in_one_place(file: Path) -> None:
    recipe = load_recipe(file, models={"teacher": "org/other"})
    assert recipe.models["teacher"][0].name == "org/other"
    with pytest.raises(RecipeError, match="names no model 'judge'"):
        load_recipe(file, models={"judge": "org/other"})


def _swapped(file: Path, settings: str, reference: str, *overrides: str) -> ModelConfig:
    file.write_text(RECIPE.replace('"scripted:"', settings), encoding="utf-8")
    return load_recipe(file, [*overrides], {"teacher": reference}).models["teacher"][1]


SETTINGS = (
    "{ref: 'https://a.example/v1#one', more_urls: ['https://b.example/v1'], key_env: A_KEY, "
    "price: {input: 1, output: 2}, extra: {seed: null}, engine: endpoint, trust_remote_code: true, "
    "budget: {requests: 9}, in_flight: 3, attempts: 2, timeout_seconds: 7.0}"
)


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("https://A.example/v1#two", "A_KEY"),
        ("https://a.example.net/v1#one", None),
        ("https://a.example:8443/v1#one", None),
        ("http://a.example/v1#one", None),
        ("scripted:", None),
    ],
)
def test_another_model_gets_no_key_of_another_server_and_no_settings_of_the_old_one(
    file: Path, reference: str, key: str | None
) -> None:
    left = {"in_flight": 3, "attempts": 2, "timeout_seconds": 7.0, "key_env": key}
    expected = ModelConfig.model_validate({"ref": reference, "budget": {"requests": 9}} | left)
    assert _swapped(file, SETTINGS, reference) == expected


def test_another_model_is_given_settings_of_its_own_beside_it(file: Path) -> None:
    more = ["models.teacher.key_env=B_KEY", "models.teacher.price={input: 3, output: 4}"]
    config = _swapped(file, SETTINGS, "http://b.example/v1#two", *more)
    assert config.key_env == "B_KEY"
    assert config.price == Price(input=3, output=4)
    assert _swapped(file, "'scripted:'", "org/b", "models.teacher.in_flight=5").in_flight == 5
    with pytest.raises(RecipeError, match="unknown key 'pricee'; did you mean 'price'"):
        _swapped(file, "{ref: 'scripted:', pricee: 1}", "org/b")


@pytest.mark.parametrize(
    ("command", "reference", "served"),
    [
        ("vllm serve {model} --port {port}", "org/b", True),
        ("vllm serve org/a --port {port}", "org/b", False),
        ("vllm serve {model} --port {port}", "http://b.example/v1#two", False),
    ],
)
def test_other_weights_are_served_by_a_command_that_is_told_which(
    file: Path, command: str, reference: str, served: bool
) -> None:
    config = _swapped(file, f"{{ref: org/a, serve: {{command: '{command}'}}}}", reference)
    assert (config.serve is not None) == served


def test_a_stage_that_is_not_there_gets_the_nearest_one(file: Path) -> None:
    with pytest.raises(RecipeError, match="no stage 'stf'; did you mean 'sft'"):
        load_recipe(file).step("stf")


def test_a_recipe_is_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- a\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="a recipe is a mapping"):
        load_recipe(tmp_path / "x.yaml")
