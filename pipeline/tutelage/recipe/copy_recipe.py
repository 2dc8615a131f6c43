"""Putting a shipped recipe into a user's folder: with its taxonomy and files, so that it runs."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.core.config import load_yaml
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.nearest import nearest
from tutelage.recipe.schema_files import schema_line, write_schema
from tutelage.recipe.shipped import shipped_recipes


@dataclass(slots=True)
class CopiedRecipe:
    """A recipe put somewhere, and what came with it."""

    recipe: Path
    written: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    """Files and taxonomies of the recipe that were there already, perhaps edited."""


def copy_recipe(name: str, folder: Path) -> CopiedRecipe:
    """Copy a shipped recipe, the taxonomy and the files that it names into a folder.

    What is named outside the recipe's folder, as `../taxonomies/x`, comes to lie inside this one,
    and the recipe names it there; its first line names its JSON Schema, for editors. Raises
    RecipeError for no such recipe, InputError where the recipe's file is here already.
    """
    recipes = shipped_recipes()
    if name not in recipes:
        raise RecipeError(f"--copy {name}: no shipped recipe{nearest(name, recipes)}")
    source, target = recipes[name], folder / recipes[name].name
    if target.exists():
        raise InputError(f"{target}: exists already; move it away, or copy --to another folder")
    folder.mkdir(parents=True, exist_ok=True)
    text, copied = source.read_text(encoding="utf-8"), CopiedRecipe(target)
    for named in sorted(set(named_files(load_yaml(source), source.parent))):  # folders before files
        place = _inside(named)
        text = text.replace(named, place)
        _copy(source.parent / named, folder / place, copied)
    target.write_text(f"{schema_line('recipe')}\n{text}", encoding="utf-8")
    copied.written = [target, write_schema(folder, "recipe"), *copied.written]
    return copied


def named_files(value: Any, folder: Path) -> Iterator[str]:
    """The texts in a recipe that name something beside it: files, and the taxonomy's folder."""
    if isinstance(value, str):
        path = folder / value
        if value and (path.is_file() or (value.startswith("../") and path.is_dir())):
            yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from named_files(part, folder)


def _inside(named: str) -> str:
    """A relative path without the way up that it begins with."""
    return Path(*[part for part in Path(named).parts if part != ".."]).as_posix()


def _copy(source: Path, target: Path, copied: CopiedRecipe) -> None:
    if any(target.is_relative_to(done) for done in (*copied.written, *copied.kept)):
        return
    if target.exists():
        copied.kept.append(target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    copied.written.append(target)
