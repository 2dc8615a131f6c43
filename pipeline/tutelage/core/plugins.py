"""Finding a part: a built-in by its short name in a table, or a user's own by its import path."""

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from tutelage.core.config import Part, parse
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.nearest import nearest
from tutelage.core.user_modules import load_module


def find_part(
    use: str,
    table: Mapping[str, str],
    where: str,
    error: type[InputError] = RecipeError,
) -> Any:
    """The class or function behind `use`: a short name of the table or `module:attribute`."""
    path = table.get(use, use)
    module, _, attribute = path.partition(":")
    if not attribute:
        raise error(f"{where}: unknown name '{use}'{nearest(use, table)}")
    try:
        return getattr(load_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as exc:
        raise error(f"{where}: '{use}' cannot be imported: {exc}") from exc


def build_part(
    spec: Any,
    table: Mapping[str, str],
    where: str,
    error: type[InputError] = RecipeError,
) -> Any:
    """A part from its recipe form: `name`, `{name: settings}` or `{use: path, ...settings}`.

    Settings are the part's fields; in `{name: settings}`, what is no mapping of its fields is the
    first field that is the part's own and not that of all its kind.
    A plain function is returned as it is and takes no settings.
    """
    use, settings = split_spec(spec, where, error)
    part = find_part(use, table, where, error)
    if not inspect.isclass(part):
        if settings not in (None, {}):
            raise error(f"{where}: '{use}' is a function and takes no settings")
        return part
    if not issubclass(part, BaseModel):
        raise error(f"{where}: '{use}' is a class but not a RowFilter or Verifier")
    fields = part.model_fields
    if not (isinstance(settings, dict) and (set(settings) & set(fields) or "use" in spec)):
        first = next((name for name in fields if name not in _of_all(part)), "settings")
        settings = {} if settings is None else {first: settings}
    return parse(part, settings, where, error=error)


def _of_all(part: type[BaseModel]) -> set[str]:
    """The fields that a part has by its kind: those of the class just below `Part`."""
    kinds = [one for one in part.__mro__ if issubclass(one, Part) and Part in one.__bases__]
    return {name for kind in kinds if kind is not part for name in kind.model_fields}


def split_spec(spec: Any, where: str, error: type[InputError]) -> tuple[str, Any]:
    """The name or path in a part's recipe form, and its settings; raises `error` for no form."""
    if isinstance(spec, str):
        return spec, None
    if isinstance(spec, dict) and isinstance(spec.get("use"), str):
        return spec["use"], {name: value for name, value in spec.items() if name != "use"}
    if isinstance(spec, dict) and len(spec) == 1 and isinstance(next(iter(spec)), str):
        return next(iter(spec.items()))
    raise error(f"{where}: write a name, {{name: settings}} or {{use: module:Name, ...}}")
