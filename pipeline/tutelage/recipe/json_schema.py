"""JSON Schemas of a recipe and of a `qna.yaml`, for editors and `check-jsonschema`.

They say what the strict classes say: every field with its description, type and default. Short
forms that are read before the classes see them (a name for a mapping) are allowed too.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from tutelage.contract.stage import Stage
from tutelage.core.field_texts import field_texts
from tutelage.recipe.schema import RecipeFile
from tutelage.stages import STAGES, find_stage
from tutelage.taxonomy.qna import QnaFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def recipe_schema() -> Schema:
    """The schema of a recipe; a stage of the user's own (`use: my_pkg:Mine`) holds anything."""
    schema = described(RecipeFile)
    kinds = {name: find_stage(name) for name in STAGES}
    for name, kind in kinds.items():
        made = _stage(kind)
        schema["$defs"] |= made.pop("$defs", {})
        schema["$defs"][f"stage.{name}"] = made
    stages = schema["properties"]["stages"]
    stages["properties"] = {name: _named(name) for name in kinds}
    stages["additionalProperties"] = {"required": ["use"], "allOf": list(_by_use(kinds))}
    return {"$schema": DRAFT} | schema | {"title": "Tutelage recipe"}


def qna_schema() -> Schema:
    """The schema of a `qna.yaml`; numbers and truth values may stand where text is meant."""
    schema: Schema = _texts_as_written(described(QnaFile))
    return {"$schema": DRAFT} | schema | {"title": "Tutelage qna.yaml"}


SCHEMAS = {"recipe": recipe_schema, "qna": qna_schema}
"""What `tutelage schema` prints, by name."""


def described(kind: type[BaseModel]) -> Schema:
    """pydantic's schema of a class, each field with the docstring under it."""
    schema = kind.model_json_schema(ref_template="#/$defs/{model}")
    schema.setdefault("$defs", {})
    by_name = {one.__name__: one for one in _nested(kind)}
    for name, part in [(kind.__name__, schema), *schema["$defs"].items()]:
        if name in by_name:
            texts = field_texts(by_name[name])
            for field, entry in part.get("properties", {}).items():
                entry.setdefault("description", texts.get(field, ""))
    return schema


def _stage(kind: type[Stage]) -> Schema:
    """The schema of a stage as it stands in a recipe: its fields, its inputs and `use`."""
    schema = described(kind)
    properties = schema.setdefault("properties", {})
    for name, entry in kind.inputs().items():
        what = f"{entry.type.__name__}: the name of a stage or a model"
        one: Schema = {"type": "string", "description": what}
        many = {"type": "array", "items": {"type": "string"}}
        properties[name] = {"anyOf": [one, many], "description": what} if entry.many else one
    properties["use"] = {"type": "string", "description": "The stage's kind"}
    for field in kind.model_fields:
        properties[field] = _or_short(properties[field])
    return schema | {"additionalProperties": False}


def _or_short(entry: Schema) -> Schema:
    """Where a field takes a mapping, a short form may stand for it: the class reads it itself."""
    text = entry.get("description", "")
    plain = entry.get("type") in ("string", "number", "integer", "boolean")
    has_types = any("type" in part for part in entry.get("anyOf", [{"type": ""}]))
    if plain or ((has_types and "$ref" not in str(entry)) and entry.get("type") != "object"):
        return entry
    short: Schema = {"type": ["string", "number", "boolean", "array", "object", "null"]}
    return {"anyOf": [entry, short], "description": text}


def _named(name: str) -> Schema:
    """A stage under a built-in's own name: that one, unless `use` says another."""
    own = {"$ref": f"#/$defs/stage.{name}"}
    other = {"$ref": "#/properties/stages/additionalProperties"}
    return {"if": {"required": ["use"]}, "then": other, "else": own}


def _by_use(kinds: Mapping[str, type[Stage]]) -> Iterator[Schema]:
    for name in kinds:
        chosen = {"properties": {"use": {"const": name}}}
        yield {"if": chosen, "then": {"$ref": f"#/$defs/stage.{name}"}}
    yield {"properties": {"use": {"anyOf": [{"enum": list(kinds)}, {"pattern": ":"}]}}}


def _nested(kind: type[BaseModel]) -> list[type[BaseModel]]:
    """A class and those that stand in its fields, and so on."""
    found = [kind]
    for one in found:
        for field in one.model_fields.values():
            found += [inner for inner in _classes(field.annotation) if inner not in found]
    return found


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)


def _texts_as_written(part: Any) -> Any:
    if isinstance(part, dict):
        made = {name: _texts_as_written(value) for name, value in part.items()}
        if made.get("type") == "string":
            made["type"] = ["string", "number", "boolean"]
        return made
    return [_texts_as_written(one) for one in part] if isinstance(part, list) else part
