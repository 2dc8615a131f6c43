"""What is wrong with models that a recipe trains or asks is said before anything is spent."""

from pathlib import Path

import pytest
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import Keys
from tutelage.runtime.student_loading import model_problems
from tutelage.training.chat_templates import template_text
from tutelage.training.look_ahead import _look

from tests.training.tiny_students import NO_SYSTEM, base_model, tiny_student, variant
from tests.trees import harbour, write


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_student(tmp_path_factory.mktemp("student"))


def problems(place: Path, student: Path, sft: str, *, asked: bool = False) -> list[str]:
    harbour(place / "tree")
    system = '{"role": "system", "content": "Be brief."}'
    turns = f'{system}, {{"role": "user", "content": "a"}}, {{"role": "assistant", "content": "b"}}'
    write(place / "rows.jsonl", f'{{"messages": [{turns}]}}\n')
    evaluate = "  evaluate: {models: [student, sft]}\n" if asked else ""
    recipe = write(
        place / "mine.yaml",
        f"""
taxonomy: tree
models: {{student: "{student}"}}
stages:
  rows: {{use: read, file: rows.jsonl}}
  sft: {{rows: rows, student: student{sft}}}
{evaluate}""",
    )
    keys = Keys(load_recipe(recipe))
    return [str(problem) for problem in model_problems(keys, keys.recipe.steps)]


def test_everything_wrong_with_a_student_is_found_in_one_look(
    student: Path, tmp_path: Path
) -> None:
    base = base_model(student, tmp_path / "base")
    # Trained with ChatML it would be right; asked without a template it cannot be.
    (told,) = problems(tmp_path, base, ", chat_template: chatml", asked=True)
    assert "stages.evaluate: model 'student' has no chat template so it cannot be asked" in told


def test_templates_and_adapters_are_held_against_rows_and_model(
    student: Path, tmp_path: Path
) -> None:
    folder = variant(student, tmp_path / "gemma", template=NO_SYSTEM)
    place = {"pretrained_model_name_or_path": str(folder)}
    plain = {"trained": True, "answers": True, "template": None, "adapter": None, "system": False}
    modules = {"rank": 4, "alpha": 8, "dropout": 0.0}
    uses = [
        plain,
        plain | {"system": True},
        plain | {"system": True, "template": template_text("chatml")},
        plain | {"template": "{% for m in messages %}{{ m.content }}\n{% endfor %}"},
        plain | {"adapter": modules | {"target_modules": ["nope_proj"]}},
        plain | {"adapter": modules | {"target_modules": ["q_proj"]}},
    ]
    found = _look({"config": place, "tokenizer": place, "uses": uses})
    assert found["template"]
    assert set(found["refused"]) == {"1", "3", "4"}
    assert "System role not supported" in found["refused"]["1"]
    assert "would never end an answer" in found["refused"]["3"]
    assert "nope_proj" in found["refused"]["4"]
