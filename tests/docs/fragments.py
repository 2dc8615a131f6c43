"""Fragments of YAML as pages show them: put where they belong, and checked there."""

import copy
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.config import parse
from tutelage.curation.filters.row_filter import build_filters
from tutelage.recipe.load_recipe import load_recipe
from tutelage.taxonomy.qna import QnaFile
from tutelage.verifiers.verifier import build_verifiers

RECIPE: dict[str, Any] = {
    "taxonomy": "my_taxonomy",
    "models": {"teacher": "scripted:", "judge": "scripted:", "student": "org/student"},
    "stages": {
        "instructions": {},
        "asked": {"use": "filter"},
        "responses": {"model": "teacher"},
        "accepted": {"use": "filter"},
        "sft": {"rows": "accepted"},
        "attempts": {"use": "responses", "rows": "asked", "model": "sft", "help": "none"},
        "pairs": {"rows": "attempts"},
        "dpo": {"student": "sft", "rows": "pairs"},
    },
}
"""What the fragments of a page are parts of: every stage that one may name."""


def check_fragment(text: str, place: str) -> None:
    """Raise InputError where a fragment of a recipe, of its stages, ... does not fit there."""
    data = yaml.safe_load(text)
    if place == "filters":
        build_filters(data["filters"], "filters")
    elif place == "verify":
        build_verifiers(data["verify"], "verify")
    elif place == "qna":
        parse(QnaFile, data, "qna.yaml")
    elif place in ("recipe", "stages"):
        _check_recipe(data if place == "recipe" else {"stages": data})
    else:
        raise AssertionError(f"no such place for a fragment: {place}")


def _check_recipe(data: dict[str, Any]) -> None:
    whole = copy.deepcopy(RECIPE)
    for key, value in data.items():
        if key == "stages":
            whole[key] = _placed(value, whole[key])
        else:
            whole[key] = whole[key] | value if isinstance(whole.get(key), dict) else value
    file = Path("fragment.yaml")
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    load_recipe(file)


def _placed(new: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """The stages with those of a fragment: in place of their namesakes, others before the first."""
    order = list(base)
    place = next((order.index(name) for name in new if name in base), len(order))
    for name in new:
        if name not in order:
            order.insert(place, name)
        place = order.index(name) + 1
    return {name: new.get(name, base.get(name)) for name in order}
