"""The inputs of a stage, read from the annotations of its `run`."""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from tutelage.core.artifacts import ARTIFACTS, Artifact, Checkpoint, Rows, Scores
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

INPUT_TYPES: tuple[type, ...] = (Rows, Checkpoint, Scores, Model, Taxonomy)


@dataclass(frozen=True, slots=True)
class Input:
    """One argument of a stage's `run`."""

    name: str
    type: type
    many: bool
    """True for a list of them."""
    required: bool


def inputs_of(run: Callable[..., Any]) -> dict[str, Input]:
    """The inputs of a stage's `run` by name; raises TypeError for an argument of another type."""
    hints = get_type_hints(run)
    found = {}
    for parameter in list(inspect.signature(run).parameters.values())[2:]:
        kind, many = _input_type(hints[parameter.name])
        if kind not in INPUT_TYPES:
            raise TypeError(f"{run.__qualname__}: '{parameter.name}' has no input type")
        required = parameter.default is inspect.Parameter.empty
        found[parameter.name] = Input(parameter.name, kind, many, required)
    return found


def returned_by(run: Callable[..., Any]) -> type[Artifact]:
    """The type of artifact that `run` returns; raises TypeError where it is none."""
    returned = get_type_hints(run)["return"]
    if returned not in ARTIFACTS.values():
        raise TypeError(f"{run.__qualname__} must return Rows, Checkpoint or Scores")
    return returned  # type: ignore[no-any-return]


def _input_type(hint: Any) -> tuple[type, bool]:
    """The input type inside `X`, `X | None` or `list[X]`."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return _input_type(inner[0]) if len(inner) == 1 else (object, False)
    if get_origin(hint) is list:
        return _input_type(get_args(hint)[0])[0], True
    return hint, False
