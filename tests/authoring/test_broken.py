"""Broken taxonomies: every mistake is named at its line, and nothing else is.

In `broken/`, the line of a mistake ends with `#! code`; EXPECTED lists those that have no line.
"""

from pathlib import Path

import pytest
from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.load import load_taxonomy

BROKEN = sorted((Path(__file__).parent / "broken").iterdir())
FEW = "few-eval-examples"
"""The fixtures are small: none but the one named for it is to say so at every line."""
Place = tuple[str, int | None, str]


def _expected(folder: Path) -> set[Place]:
    found: set[Place] = set()
    for file in (path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
            _, marked, codes = line.decode("latin-1").partition("#! ")
            found |= {(name, number, code) for code in codes.split() if marked}
    listed = folder / "EXPECTED"
    for entry in listed.read_text().splitlines() if listed.exists() else ():
        name, code = entry.split()
        found.add((name, None, code))
    return found


def test_there_are_thirty_and_more() -> None:
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("folder", BROKEN, ids=lambda folder: folder.name)
def test_every_mistake_is_named_at_its_line(folder: Path) -> None:
    small = not folder.name.endswith(FEW)
    findings = [f for f in lint_taxonomy(folder).findings if f.code != FEW or not small]
    found = {(f.file.relative_to(folder).as_posix(), f.line, f.code) for f in findings}
    assert found == _expected(folder)
    assert not any("\n" in str(finding) for finding in findings)


@pytest.mark.parametrize("folder", BROKEN, ids=lambda folder: folder.name)
def test_the_loader_stops_at_one_error_in_one_line(folder: Path) -> None:
    errors = [str(f) for f in lint_taxonomy(folder).findings if f.severity == "error"]
    try:
        load_taxonomy(folder)
    except TaxonomyError as exc:
        listed, *unfinished = str(exc).splitlines()
        found, hint, _ = listed.partition(" (`tutelage lint ")
        assert found in errors if hint else unfinished and set(unfinished) <= set(errors)
