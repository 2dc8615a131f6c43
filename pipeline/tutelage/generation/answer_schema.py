"""The form of answers: the JSON schema they are to follow, and what a leaf's own look like."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from tutelage.core.by_content import ByContent
from tutelage.core.config import NamedFile, load_yaml
from tutelage.core.errors import RecipeError
from tutelage.core.fences import is_fenced, only_fenced, unfenced
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.json_form import JsonMatchesAttributes, JsonSchema
from tutelage.verifiers.verifier import build_verifiers, leaf_verifiers

OF_LEAF = "leaf"
Schema = dict[str, Any]


def read_schema(setting: str | Schema | None) -> Schema | None:
    """The schema given inline or in a file; None where each leaf has its own, or none is wanted.

    Raises RecipeError for a file that cannot be read, or for what is no schema.
    """
    if setting is None or setting == OF_LEAF:
        return None
    if isinstance(setting, str) and not Path(setting).suffix:
        raise RecipeError(f"json_schema: '{setting}' is neither a file, a schema nor `{OF_LEAF}`")
    found = load_yaml(Path(setting), RecipeError) if isinstance(setting, str) else setting
    build_verifiers([{"json_schema": found}], "json_schema")
    return found  # type: ignore[no-any-return]


def _what_counts(setting: str | Schema) -> str | Schema | None:
    return setting if setting == OF_LEAF else read_schema(setting)


SchemaFile = Annotated[NamedFile | Schema, ByContent(_what_counts)]
"""A field that holds a schema, names a file with one, or says `leaf`."""


def schema_of(leaf: Leaf) -> Schema | None:
    """What the first `json_schema` under a leaf's `verify` demands; None without one."""
    found = (one.json_schema for one in leaf_verifiers(leaf) if isinstance(one, JsonSchema))
    return next(found, None)


def answer_form(leaf: Leaf) -> Callable[[str], str]:
    """Brings a teacher's answer into the form of the leaf's own: without a code fence where they
    have none.

    Where the leaf demands JSON, words around the only fence are left out too.
    """
    if any(isinstance(one, JsonSchema | JsonMatchesAttributes) for one in leaf_verifiers(leaf)):
        return only_fenced
    return str.strip if any(is_fenced(seed.answer) for seed in leaf.seeds) else unfenced
