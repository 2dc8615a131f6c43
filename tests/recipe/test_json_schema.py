"""The JSON Schemas: what is shipped fits them, a typo does not, and every field is described."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tutelage.core.config import load_yaml
from tutelage.recipe.json_schema import SCHEMAS, qna_schema, recipe_schema

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
LEAVES = sorted((ROOT / "taxonomies").rglob("qna.yaml"))


def _problems(schema: dict[str, Any], data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


def _read(file: Path) -> Any:
    """As a parser in pure Python reads it, and numbers (`1e-4`) as editors do."""
    text = file.read_text(encoding="utf-8")
    assert yaml.load(text, yaml.SafeLoader)
    return load_yaml(file)


@pytest.mark.parametrize("name", SCHEMAS)
def test_they_are_schemas_themselves(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_shipped_recipes_fit(file: Path) -> None:
    assert not _problems(recipe_schema(), _read(file))


@pytest.mark.parametrize("file", LEAVES, ids=lambda file: file.parent.name)
def test_shipped_leaves_fit(file: Path) -> None:
    assert not _problems(qna_schema(), _read(file))


@pytest.mark.parametrize(
    "data",
    [
        {"stages": {"sft": {"learning_rat": 1}}},
        {"stages": {"first": {"use": "sfd"}}},
        {"stages": {"first": {"rows": "x"}}},
        {"stages": {"first": {"use": "sft", "learning_rat": 1}}},
        {"stages": {"sft": {"use": "filter", "learning_rate": 1}}},
        {"model": {}, "stages": {"sft": {}}},
        {},
    ],
)
def test_what_a_run_would_refuse_does_not_fit(data: Any) -> None:
    assert _problems(recipe_schema(), data)


def test_a_stage_of_the_users_own_may_hold_anything() -> None:
    assert not _problems(recipe_schema(), {"stages": {"mine": {"use": "my_pkg:Mine", "x": 1}}})


def test_numbers_stand_where_text_is_meant() -> None:
    leaf = {"seed_examples": [{"question": "How many?", "answer": 42}], "domain": False}
    assert not _problems(qna_schema(), leaf)
    assert _problems(qna_schema(), {"seed_exampels": []})


def test_every_field_is_described() -> None:
    for name, make in SCHEMAS.items():
        schema = make()
        for owner, part in [(name, schema), *schema["$defs"].items()]:
            for field, entry in part.get("properties", {}).items():
                assert entry.get("description"), f"{owner}.{field}"
