"""Other values in place of a recipe's own: `--set a.b=value`, and another model's reference."""

import re
from pathlib import Path
from typing import Any

from tutelage.core.config import read_setting
from tutelage.core.errors import RecipeError
from tutelage.core.nearest import nearest
from tutelage.models.model import ModelConfig
from tutelage.models.reference import is_model_folder
from tutelage.recipe.schema import RecipeFile

_OF_USE = ("budget", "in_flight", "attempts", "timeout_seconds")
"""Settings of a model that hold whichever model it is."""
_SERVER = re.compile(r"https?://[^/?#]*")


def set_value(data: dict[str, Any], override: str) -> None:
    """Set one value of a recipe's data, as `--set a.b=value` says it; raises RecipeError."""
    dotted, value = read_setting(override, RecipeError)
    *parents, last = dotted
    first = dotted[0]
    for section in ("stages", "models"):
        if first not in RecipeFile.model_fields and first in _mapping(data.get(section)):
            meant = f"{section}.{'.'.join(dotted)}"
            raise RecipeError(f"--set {override}: no '{first}'; did you mean '{meant}'?")
    node: Any = data
    for number, part in enumerate(parents):
        if not isinstance(node, dict):
            raise RecipeError(f"--set {override}: '{'.'.join(parents[:number])}' is not a mapping")
        known = set(node) | (set(RecipeFile.model_fields) if number == 0 else set())
        if part not in known:
            raise RecipeError(f"--set {override}: no '{part}'{nearest(part, known)}")
        if isinstance(node.get(part), str) and parents[0] == "models":
            node[part] = {"ref": node[part]}
        node = node.setdefault(part, {})
    if not isinstance(node, dict):
        raise RecipeError(f"--set {override}: '{'.'.join(parents)}' is not a mapping")
    node[last] = value


def replace_model(data: dict[str, Any], name: str, text: str, file: Path) -> None:
    """Put another reference in place of a model's; raises RecipeError where there is no model."""
    models = data.get("models")
    if not isinstance(models, dict) or name not in models:
        raise RecipeError(f"{file}: the recipe names no model '{name}' to replace")
    if text.startswith(
        ("./", "../", "~")
    ):  # typed on the command line: relative to where one stands
        text = str(Path(text).expanduser().resolve())
    elif (text.endswith(".gguf") and not text.startswith("package:")) or (
        ":" not in text and is_model_folder(Path(text))
    ):
        text = str(Path(text).resolve())
    models[name] = _left_of(_mapping(models[name]), text) | {"ref": text}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _left_of(entry: dict[str, Any], text: str) -> dict[str, Any]:
    """What of a model's settings holds for another: its price, say, is not the other's.

    A key is for the server it was given for, and goes to no other. A command to serve weights
    serves the other's too where it says `{model}`.
    """
    stays = {*_OF_USE}
    if _server(text) == _server(str(entry.get("ref"))):
        stays.add("key_env")
    if not _server(text) and "{model}" in str(_mapping(entry.get("serve")).get("command")):
        stays.add("serve")
    going = set(ModelConfig.model_fields) - stays  # what is no setting stays, to be refused
    return {name: value for name, value in entry.items() if name not in going}


def _server(reference: str) -> str:
    """The scheme, host and port of a reference; empty where it names no server."""
    found = _SERVER.match(reference)
    return found.group().lower() if found else ""
