"""JSON Schemas beside the files that they describe, and the line by which editors find them."""

import json
from pathlib import Path

from tutelage.recipe.json_schema import SCHEMAS


def schema_name(what: str) -> str:
    """The file of a schema: of `recipe` or `qna`."""
    return f"{what}.schema.json"


def schema_line(what: str, up: str = "") -> str:
    """A file's first line that names its schema, which lies in the folder `up` from it."""
    return f"# yaml-language-server: $schema={up}{schema_name(what)}"


def write_schema(folder: Path, what: str) -> Path:
    """Write a schema as this version knows it, over an older one."""
    file = folder / schema_name(what)
    file.write_text(json.dumps(SCHEMAS[what](), indent=1) + "\n", encoding="utf-8")
    return file
