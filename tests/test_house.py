"""The house: a reader of any file can guess from its path what is in it."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import tutelage

PACKAGE = Path(tutelage.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def _classes() -> Iterator[str]:
    for tree in TREES.values():
        yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _twice(names: Iterator[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def test_no_file_name_stands_twice() -> None:
    assert not _twice(file.name for file in FILES if not file.name.startswith("__"))


def test_no_class_name_stands_twice() -> None:
    assert not _twice(_classes())


def test_every_module_says_what_it_is_for() -> None:
    silent = [file for file, tree in TREES.items() if not ast.get_docstring(tree)]
    assert not silent


def test_rooms_are_few_and_hold_no_loose_files() -> None:
    rooms = [folder for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()]
    assert len(rooms) <= 22
    assert {file.name for file in PACKAGE.glob("*.py")} == {"__init__.py", "api.py"}


def test_the_readme_is_read_in_one_go() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    assert len(readme.read_text(encoding="utf-8").splitlines()) < 120
