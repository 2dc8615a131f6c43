"""Decisions of people on an earlier run of a recipe that the recipe does not use yet."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutelage.core.labels import LABELS, read_labels
from tutelage.recipe.recipe import Recipe


def unused_labels(recipe: Recipe, folder: Path) -> str:
    """A note on the labels in a run's folder, with what uses them; empty where there is nothing
    to say."""
    file = folder / LABELS
    count = len(read_labels(file))
    if not count or names_labels(recipe, file):
        return ""
    shown = os.path.relpath(file.resolve(), recipe.file.parent.resolve())
    return (
        f"{file}: {count} decision{'' if count == 1 else 's'} of people that this recipe does not "
        f"use; add `{{labelled: {shown}}}` to the `filters:` of a stage, or see `judge: labels` "
        "and the stage `labels`"
    )


def names_labels(recipe: Recipe, file: Path) -> bool:
    """Whether any stage of a recipe names a file of labels, or the folder that it is in."""
    places = {file.resolve(), file.parent.resolve()}
    fields = (step.stage.model_dump() for step in recipe.steps)
    return any(path.resolve() in places for path in _paths(list(fields)))


def _paths(value: Any) -> Iterator[Path]:
    """Whatever may be a path in some fields."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _paths(part)
    elif isinstance(value, Path) or (isinstance(value, str) and 0 < len(value) < 1000):
        yield Path(value)
