"""JSON schemas of users: checked before anything is spent, and never fetched from elsewhere."""

from collections.abc import Mapping
from typing import Any

import jsonschema
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

FAILS = (Unresolvable, RecursionError, TimeoutError)
"""What holding a value against a schema may raise beside that it does not fit."""


def checked_schema(schema: Mapping[str, Any], kind: Any = jsonschema.Draft202012Validator) -> None:
    """Raise ValueError, which says why, for what is no schema, or refers to nothing or itself."""
    try:
        kind.check_schema(schema)
        _follow_references(schema)
        validator_of(schema, kind).is_valid(None)
    except jsonschema.SchemaError as exc:
        raise ValueError(problem_in_words(exc)) from exc
    except Unresolvable as exc:
        raise ValueError(f"it refers to {exc.ref}, which is not in it") from exc
    except RecursionError as exc:
        raise ValueError("it refers to itself without end") from exc


def validator_of(schema: Mapping[str, Any], kind: Any = jsonschema.Draft202012Validator) -> Any:
    """A validator with an empty registry: a reference must never make us fetch something."""
    return kind(schema, registry=Registry())


def problem_in_words(problem: Any) -> str:
    """A validation error in short, with the place."""
    path = ".".join(str(part) for part in problem.absolute_path)
    message = problem.message if len(problem.message) <= 120 else problem.message[:117] + "..."
    return f"{path}: {message}" if path else message


def _follow_references(schema: Mapping[str, Any]) -> None:
    """Raise Unresolvable where a `$ref` leads nowhere or out of the schema, RecursionError where it
    leads through nothing but references to itself."""
    resolver = Registry().with_resource("", DRAFT202012.create_resource(dict(schema))).resolver()
    for start in _references(schema):
        seen, at = {start}, resolver.lookup(start).contents
        while isinstance(at, dict) and isinstance(at.get("$ref"), str):
            if at["$ref"] in seen:
                raise RecursionError
            seen.add(at["$ref"])
            at = resolver.lookup(at["$ref"]).contents


def _references(schema: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    parts: list[Any] = [schema]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                found.append(part["$ref"])
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return found
