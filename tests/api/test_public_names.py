"""The public API: every name is there, documented, seen by type checkers, and loads late."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import tutelage
from tutelage import stages

PUBLIC = [name for name in tutelage.__all__ if name != "__version__"]


def names_for_checkers(module: Path) -> dict[str, str]:
    """What a module imports for type checkers only: names with the modules they come from."""
    (block,) = (
        node
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or "": str(node.module) for node in imports for alias in node.names}


def test_type_checkers_see_the_names_that_are_loaded() -> None:
    seen = names_for_checkers(Path(tutelage.__file__))
    assert sorted(seen) == sorted(PUBLIC)
    for name in set(PUBLIC) - {"stages"}:
        assert getattr(importlib.import_module(seen[name]), name) is getattr(tutelage, name)


def test_type_checkers_see_every_stage() -> None:
    seen = names_for_checkers(Path(stages.__file__))
    assert {f"{module}:{name}" for name, module in seen.items()} == set(stages.STAGES.values())


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented(name: str) -> None:
    assert name in dir(tutelage)
    assert inspect.getdoc(getattr(tutelage, name))


def test_a_wrong_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Rowz'"):
        getattr(tutelage, "Rowz")  # noqa: B009 - mypy would refuse it written out
    with pytest.raises(ImportError, match="cannot import name 'Filtr'"):
        exec("from tutelage.stages import Filtr")


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; began = time.process_time(); import tutelage; "
        "print(time.process_time() - began, *({'torch', 'pydantic', 'datasets'} & {*sys.modules}))"
    )
    ran = [subprocess.run([sys.executable, "-c", code], capture_output=True) for _ in range(3)]
    heavy = [one.stdout.split()[1:] for one in ran]
    assert heavy == [[], [], []]
    assert min(float(one.stdout.split()[0]) for one in ran) < 0.05
