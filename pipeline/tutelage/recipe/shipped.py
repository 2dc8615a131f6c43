"""What Tutelage ships beside its code: recipes, and the taxonomies they use.

In a wheel they lie inside the package, in a clone at its root; either way a recipe finds its
taxonomy as `../taxonomies/<name>`.
"""

import re
from itertools import takewhile
from pathlib import Path

from tutelage.core.errors import RecipeError, TaxonomyError
from tutelage.core.nearest import nearest
from tutelage.taxonomy.load import for_documents

_PACKAGE = Path(__file__).parents[1]


def shipped_folder() -> Path:
    """The folder that holds `recipes/` and `taxonomies/`."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parents[1]


def shipped_recipes() -> dict[str, Path]:
    """The shipped recipes by name."""
    return {file.stem: file for file in sorted((shipped_folder() / "recipes").glob("*.yaml"))}


def summary_of(recipe: Path) -> str:
    """What a recipe is for: the first sentence of the comment that it opens with."""
    opening = takewhile(
        lambda line: line.startswith("#"), recipe.read_text(encoding="utf-8").splitlines()
    )
    text = " ".join(line.lstrip("# ") for line in opening)
    return re.split(r"(?<=[.;])\s+(?=[A-Z])", text)[0]


def shipped_taxonomies() -> dict[str, Path]:
    """The shipped taxonomies by name."""
    folders = sorted((shipped_folder() / "taxonomies").iterdir())
    return {folder.name: folder for folder in folders if folder.is_dir()}


def find_recipe(given: str | Path) -> Path:
    """A recipe's file, given by its path or as the name of a shipped one.

    Raises RecipeError with the nearest name where it is neither.
    """
    path, recipes = Path(given).expanduser(), shipped_recipes()
    if path.is_file():
        return path
    if str(given) in recipes:
        return recipes[str(given)]
    if path.is_dir():
        inside = ", ".join(str(file) for file in sorted(path.glob("*.y*ml")) if file.is_file())
        hint = f"give a file in it: {inside}" if inside else "there is no .yaml file in it"
        hint += "" if inside else for_documents(path)
        raise RecipeError(f"{given}: a folder, not a recipe file; {hint}")
    here = [str(file) for file in path.parent.glob("*.y*ml") if file.is_file()]
    what = "no such file, and no shipped recipe" if path.suffix else "no shipped recipe or file"
    raise RecipeError(f"{given}: {what}{nearest(str(given), [*here, *recipes])}")


def find_taxonomy(given: str | Path, where: str = "--taxonomy") -> Path:
    """A taxonomy's folder, given by its path or as the name of a shipped one.

    Raises TaxonomyError with the nearest name where it is neither; `where` begins its message.
    """
    path, taxonomies = Path(given).expanduser(), shipped_taxonomies()
    if path.is_dir():
        return path.resolve()
    if str(given) in taxonomies:
        return taxonomies[str(given)]
    parent = path.parent
    here = [str(one) for one in parent.iterdir() if one.is_dir()] if parent.is_dir() else []
    hint = nearest(str(given), [*(name for name in here if Path(name).name[0] != "."), *taxonomies])
    raise TaxonomyError(f"{where} {given}: no such folder{hint}")
