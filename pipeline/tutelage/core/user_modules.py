"""Finding users' own modules, and starting Python where none of them stands in another's place.

A folder where somebody works may well hold a `types.py`, a `json.py` or a `pipeline/`. What a
recipe names as `use: my_filters:Shouting` is looked for there; nothing else is: the folder comes
after the standard library and after what is installed, here and in child processes.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from itertools import pairwise
from pathlib import Path
from types import ModuleType

_PLACES = "TUTELAGE_MODULE_PLACES"
"""Environment variable: where a child process looks for users' own modules, as `sys.path` here."""


def add_user_folder() -> None:
    """Look for users' own modules where one stands and, in a child, wherever its parent does."""
    inherited = os.environ.get(_PLACES, "").split(os.pathsep)
    for place in [*filter(None, inherited), str(Path.cwd())]:
        if place not in sys.path:
            sys.path.append(place)


def load_module(name: str) -> ModuleType:
    """The module of that name: the user's own where one stands first, then any that is installed.

    A module of the standard library or one that is loaded already is not replaced.
    Raises ImportError or ValueError as an import does.
    """
    top = name.partition(".")[0]
    if top not in sys.modules and top not in sys.stdlib_module_names:
        spec = PathFinder.find_spec(top, [str(Path.cwd())])
        if spec is not None and spec.loader is not None and spec.origin is not None:
            _load(top, spec)
    return importlib.import_module(name)


def _load(name: str, spec: ModuleSpec) -> None:
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def python_command(*arguments: str) -> list[str]:
    """The command that starts this Python, without the folder where one stands on its path."""
    return [sys.executable, "-P", *arguments]


def environment_of(command: Sequence[str]) -> dict[str, str]:
    """The environment for a program that a user names: as safe, where it is none of their own.

    A Python file or module of theirs may need its neighbours, which stand where nothing is taken
    from then.
    """
    files = [Path(part) for part in command if part.endswith(".py")]
    for option, module in pairwise(command):
        if option == "-m":
            top = Path(module.partition(".")[0])
            files += [top / "__main__.py", top / "__init__.py", top.with_suffix(".py")]
    own = any(file.is_file() for file in files)
    return {**os.environ} if own else os.environ | {"PYTHONSAFEPATH": "1"}


def python_environment() -> dict[str, str]:
    """The environment for it, so that what it starts is as safe and finds users' own modules."""
    places = os.pathsep.join(str(Path(place).absolute()) for place in sys.path)
    return os.environ | {"PYTHONSAFEPATH": "1", _PLACES: places}
