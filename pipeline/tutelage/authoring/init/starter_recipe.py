"""The recipe of a new taxonomy: a shipped one's stages on it, with the user's models."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import regex

from tutelage.authoring.drafts.yaml_lines import listed, scalar
from tutelage.core.config import load_yaml
from tutelage.core.errors import RecipeError
from tutelage.models.reference import parse_reference
from tutelage.recipe.copy_recipe import named_files
from tutelage.recipe.schema_files import schema_line
from tutelage.recipe.shipped import find_recipe

_OPENING = """\
{schema}
# Written by `tutelage init` with the stages of the shipped recipe `{base}`.
# Say what would happen with `tutelage plan {file}`, then start it with `tutelage run {file}`.
"""


def write_recipe(
    file: Path,
    base: str,
    documents: Sequence[Path],
    teacher: str | None,
    student: str | None,
) -> list[Path]:
    """Write a recipe beside its taxonomy, and the files that it needs; returns what was written.

    `documents` are the folders outside of the taxonomy that it reads. Raises RecipeError where the
    shipped recipe has no place for a model that is given.
    """
    source = find_recipe(base)
    opening = _OPENING.format(schema=schema_line("recipe"), base=source.stem, file=file)
    text = opening + regex.sub(r"\A(?:#.*\n)+", "", source.read_text(encoding="utf-8"))
    outside = [_seen_from(folder, file.parent) for folder in documents]
    place = f"taxonomy: .\ndocuments: {listed(outside)}  # folders that its leaves read from"
    text = regex.sub(r"(?m)^taxonomy: .*$", lambda _: place if outside else "taxonomy: .", text)
    for name, given in (("teacher", teacher), ("student", student)):
        if given is not None:
            text = _with_model(text, name, _portable(given, file.parent), base)
    written = [file]
    for name in sorted(set(named_files(load_yaml(source), source.parent))):
        target = file.parent / name
        if (source.parent / name).is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.parent / name, target)
            written.append(target)
    file.write_text(text, encoding="utf-8")
    return written


def check_recipe(base: str, teacher: str | None, student: str | None) -> None:
    """Raise RecipeError where there is no such recipe, or no place in it for a model."""
    text = find_recipe(base).read_text(encoding="utf-8")
    for name, given in (("teacher", teacher), ("student", student)):
        if given is not None:
            _with_model(text, name, given, base)


def _with_model(text: str, name: str, reference: str, base: str) -> str:
    line = rf"(?m)^(models:\n(?:(?: .*|#.*)?\n)*?  {name}: ).*$"  # a stage may have the name too
    if not regex.search(line, text):
        raise RecipeError(f"recipe '{base}' has no model '{name}': leave out --{name}")
    return str(regex.sub(line, lambda found: found[1] + scalar(reference), text))


def _portable(given: str, folder: Path) -> str:
    """A reference as a recipe in `folder` names the same model: paths are relative to it."""
    reference = parse_reference(given, Path())
    if reference.kind not in ("folder", "gguf") or given.startswith("package:"):
        return given
    return _seen_from(Path(given).expanduser(), folder)


def _seen_from(place: Path, folder: Path) -> str:
    named = Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
    return named if named.startswith("..") else f"./{named}"
