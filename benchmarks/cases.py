"""Kinds of faults that users of such tools report: which are mended, held by which tests.

    python -m benchmarks.cases [--check] [--quick] [--only TEXT]

benchmarks/cases.yaml lists the kinds, one a line: what happened (`before`), what happens now, and
the tests that hold it (pytest's own names: a file, or file::function). They run in one go; the
table is written to benchmarks/cases.md. `--check` exits 1 where a kind has no test, or one that
fails; `--quick` leaves out what is marked slow and writes nothing; `--only` takes the kinds whose
line holds a text.
"""

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field
from tutelage.core.config import Strict, load_yaml, parse

ROOT = Path(__file__).parent.parent
KINDS = Path(__file__).with_suffix(".yaml")
TABLE = Path(__file__).with_suffix(".md")
_HEAD = """# Kinds of faults, and what holds them mended

Situations from public bug reports of similar tools, by kind; each was tried on the product.
Written by `python -m benchmarks.cases`, which runs the tests of every kind.

| kind | cases | before | now | tests |
|---|---|---|---|---|
"""


class FaultKind(Strict):
    """One line of the list."""

    kind: str
    cases: list[str] = Field(min_length=1)
    """Names of the situations it was found in."""
    before: str
    now: str
    tests: list[str] = Field(min_length=1)


class FaultKinds(Strict):
    """The whole list."""

    kinds: list[FaultKind]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the tests of a kind."""

    passed: int = 0
    wrong: int = 0

    @property
    def holds(self) -> bool:
        """Whether it has tests, all of which pass."""
        return self.passed > 0 and not self.wrong

    def __str__(self) -> str:
        return f"{self.passed} pass" if not self.wrong else f"**{self.wrong} fail**"


def main() -> int:
    """Run the tests, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    kinds = parse(FaultKinds, load_yaml(KINDS), KINDS).kinds
    kinds = [kind for kind in kinds if options.only.lower() in str(kind).lower()]
    results = run_tests({test for kind in kinds for test in kind.tests}, quick=options.quick)
    found = [(kind, outcome(kind, results)) for kind in kinds]
    for kind, result in found:
        print(f"{kind.kind}: {result}")
    if not (options.quick or options.only):
        TABLE.write_text(_HEAD + "".join(map(_line, found)), encoding="utf-8")
    failing = [kind.kind for kind, result in found if not result.holds]
    print(f"{len(found) - len(failing)} of {len(found)} kinds hold")
    return int(options.check and bool(failing))


def run_tests(tests: Iterable[str], *, quick: bool) -> Counter[tuple[str, bool]]:
    """How often each test function (`file::function`) passed and failed; parameters count apart."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--junitxml={report}"]
        command += ["-m", "not slow and not gpu"] if quick else []
        subprocess.run([*command, *sorted(tests)], cwd=ROOT, check=False)
        return Counter(_results(report)) if report.exists() else Counter()


def outcome(kind: FaultKind, results: Counter[tuple[str, bool]]) -> Outcome:
    """The results of a kind's own tests."""
    mine = [
        (passed, count)
        for (name, passed), count in results.items()
        if any(name == test or name.startswith(f"{test}::") for test in kind.tests)
    ]
    return Outcome(
        sum(count for passed, count in mine if passed),
        sum(count for passed, count in mine if not passed),
    )


def _results(report: Path) -> Iterable[tuple[str, bool]]:
    for case in ET.parse(report).iter("testcase"):
        if case.find("skipped") is None:
            file = f"{case.get('classname', '').replace('.', '/')}.py"
            function = case.get("name", "").partition("[")[0]
            passed = case.find("failure") is None and case.find("error") is None
            yield f"{file}::{function}", passed


def _line(found: tuple[FaultKind, Outcome]) -> str:
    kind, result = found
    cells: Sequence[str] = (kind.kind, ", ".join(kind.cases), kind.before, kind.now, str(result))
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


if __name__ == "__main__":
    sys.exit(main())
