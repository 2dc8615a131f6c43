"""Inputs as people give them - dicts, paths, references - made into what a stage's `run` takes."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tutelage.contract.inputs import Input
from tutelage.core.artifacts import Checkpoint, Rows, Scores
from tutelage.core.config import parse
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.load_rows import complete_rows, load_rows
from tutelage.core.nearest import nearest
from tutelage.models.api_key import read_key
from tutelage.models.budget import Budgets
from tutelage.models.engine_pool import choose_engine
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.models.reference import parse_reference
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy


def make_input(entry: Input, given: Any, where: str = "") -> Any:
    """The value of an input; where it takes several, a list of them or one.

    A Checkpoint that is named by a reference to weights elsewhere stays a Model: import it first.
    Raises InputError that names the input, by `where` or by its name.
    """
    where = where or entry.name
    if not entry.many:
        return _make_one(entry, given, where)
    parts = [_make_one(entry, part, where) for part in _parts(entry, given)]
    if entry.type is Model:
        _check_names([model.name for model in parts])
    return parts


def make_rows(given: Any, where: str = "rows") -> Rows:
    """Rows of dicts, of a `datasets.Dataset`, of a file or a Rows folder; Rows as they are."""
    if isinstance(given, Rows):
        return given
    if isinstance(given, str | Path):
        return Rows(load_rows(given))
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise InputError(
            f"{where}: give a list of rows, a datasets.Dataset, Rows or the path of a file, "
            f"not {type(given).__name__}"
        )
    return Rows(complete_rows(given, where))


def make_model(given: Any, name: str | None = None, where: str = "model") -> Model:
    """A model of a reference or of its settings, `{ref: ..., key_env: ...}`, as in a recipe.

    Without a `name` it is called as its reference says. Raises InputError for a reference that
    names nothing, an engine that is not here or a key that is not set; nothing is loaded.
    """
    if isinstance(given, Model):
        return given
    config = given if isinstance(given, ModelConfig) else _settings(given, where)
    reference = parse_reference(config.ref, Path())
    identity = identity_of(reference.identity(), config)
    model = Model(name or config.ref, reference, config, identity)
    choose_engine(model)
    Budgets().check(model)
    read_key(model)
    return model


def _settings(given: Any, where: str) -> ModelConfig:
    if isinstance(given, Checkpoint):
        given = given.folder
    if isinstance(given, Path):
        given = str(given.expanduser().resolve())
    data = {"ref": given} if isinstance(given, str) else given
    return parse(ModelConfig, data, where, error=RecipeError)


def _parts(entry: Input, given: Any) -> list[Any]:
    """What was given for an input that takes several: one of them stands for a list of one."""
    if not isinstance(given, list | tuple):
        return [given]
    if entry.type is Rows and (not given or isinstance(given[0], Mapping)):
        return [given]  # the rows themselves
    return list(given)


def _make_one(entry: Input, given: Any, where: str) -> Any:
    if entry.type is Rows:
        return make_rows(given, where)
    if entry.type is Model:
        return make_model(given, None if entry.many else entry.name, where)
    if isinstance(given, entry.type):
        return given
    if entry.type is Checkpoint:
        model = make_model(given, entry.name, where)
        return model if model.folder is None else Checkpoint(model.folder)
    if not isinstance(given, str | Path):
        wanted = entry.type.__name__
        raise InputError(f"{where}: give {wanted} or its folder, not {type(given).__name__}")
    return load_taxonomy(given) if entry.type is Taxonomy else Scores.load(Path(given))


def _check_names(names: list[str]) -> None:
    """Raise InputError for a model whose answers would be taken for another's."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{name}' is given twice; a recipe can name both")


def name_inputs(
    inputs: Mapping[str, Input], given: Iterable[Any], named: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """What was given, by the inputs' names; raises InputError for one too many or unknown."""
    given = list(given)
    if len(given) > len(inputs):
        raise InputError(f"{where}: {len(given)} inputs given, takes {', '.join(inputs) or 'none'}")
    found = dict(zip(inputs, given, strict=False))
    for name, value in named.items():
        if name not in inputs:
            raise InputError(f"{where}: no input '{name}'{nearest(name, inputs)}")
        if name in found:
            raise InputError(f"{where}: input '{name}' is given twice")
        found[name] = value
    return {name: value for name, value in found.items() if value is not None}
