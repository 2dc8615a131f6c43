"""Demands on answers in JSON: a schema, and values that agree with the row's attributes.

Strict on purpose: the answer is the JSON and nothing else, in a code fence or not. A word of
introduction fails, because a program that reads such answers would fail too.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jsonschema
import regex
from pydantic import field_validator

from tutelage.core.fences import unfenced
from tutelage.core.json_schemas import FAILS, checked_schema, problem_in_words, validator_of
from tutelage.verifiers.phrases import Phrases
from tutelage.verifiers.score import Score
from tutelage.verifiers.text_pattern import SECONDS
from tutelage.verifiers.verifier import Verifier


class NotJson(ValueError):
    """The text is not JSON as the standard has it."""


def parse_json(text: str) -> Any:
    """The value of a JSON text, which may stand in a code fence.

    Raises NotJson, also for NaN, a repeated key or absurd depth.
    """
    try:
        return json.loads(unfenced(text), parse_constant=_refuse, object_pairs_hook=_unique)
    except json.JSONDecodeError as exc:
        raise NotJson(f"{exc.msg} at character {exc.pos + 1}") from exc
    except RecursionError as exc:
        raise NotJson("nested too deeply") from exc
    except ValueError as exc:
        raise NotJson(str(exc).partition(";")[0]) from exc


class JsonSchema(Verifier):
    """The answer is JSON that satisfies a JSON schema."""

    json_schema: dict[str, Any]
    """The schema; `$schema` chooses the draft, else 2020-12. References stay inside it."""

    @field_validator("json_schema")
    @classmethod
    def _is_a_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            checked_schema(schema, _kind(schema))
        except ValueError as exc:
            raise ValueError(f"not a JSON schema: {exc}") from exc
        return schema

    @cached_property
    def _checker(self) -> Any:
        return validator_of(self.json_schema, _kind(self.json_schema))

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Tells where the answer departs from the schema."""
        try:
            problem = next(self._checker.iter_errors(parse_json(answer)), None)
        except NotJson as exc:
            return f"not JSON: {exc}"
        except FAILS as exc:
            return f"cannot be held against the schema: {type(exc).__name__}"
        return None if problem is None else problem_in_words(problem)


class JsonMatchesAttributes(Verifier):
    """The answer is a JSON object whose values under some keys are the row's attributes."""

    needs_attributes = True
    keys: Phrases
    """The keys, which are the attributes' names too."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of keys that agree; names the first that differs, or that the row lacks."""
        try:
            value = parse_json(answer)
        except NotJson as exc:
            return Score(0.0, f"not JSON: {exc}")
        if not isinstance(value, dict):
            return Score(0.0, "not a JSON object")
        attributes = row.get("attributes") or {}
        wrong = [reason for key in self.keys if (reason := _differs(key, value, attributes))]
        right = len(self.keys) - len(wrong)
        return Score.share(right, len(self.keys), wrong[0] if wrong else None)


def _differs(key: str, value: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    if key not in wanted:
        return f"the row has no attribute '{key}'"
    if key not in value:
        return f"lacks the key '{key}'"
    if _same(value[key], wanted[key]):
        return None
    return f"{key} is {_short(value[key])}, should be {_short(wanted[key])}"


def _kind(schema: Mapping[str, Any]) -> Any:
    """The schema's own draft, with patterns that are bounded in time."""
    known = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    return jsonschema.validators.extend(known, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Any:
    """`pattern` as the draft has it, but bounded in time."""
    if isinstance(instance, str) and not regex.search(pattern, instance, timeout=SECONDS):
        yield jsonschema.ValidationError(f"{_short(instance)} does not match {_short(pattern)}")


def _same(given: Any, wanted: Any) -> bool:
    """An attribute is text in the taxonomy; the JSON may well say it as a number."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given) == str(wanted)
    return bool(given == wanted)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice")
    return value
