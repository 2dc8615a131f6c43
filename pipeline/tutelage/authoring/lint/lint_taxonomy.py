"""Reading a whole taxonomy and collecting what the reader and every check have to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.authoring.lint.check_closed_book import check_closed_book
from tutelage.authoring.lint.check_demands import check_demands
from tutelage.authoring.lint.check_eval_examples import check_held
from tutelage.authoring.lint.check_grid import check_grid
from tutelage.authoring.lint.check_leaks import check_leaks
from tutelage.authoring.lint.check_names import check_names
from tutelage.authoring.lint.check_paraphrases import check_paraphrases
from tutelage.authoring.lint.check_passages import check_passages
from tutelage.authoring.lint.check_sections import check_sections
from tutelage.authoring.lint.check_seeds import check_seeds
from tutelage.authoring.lint.check_split_numbers import check_split_numbers
from tutelage.authoring.lint.document_summary import DocumentSummary, summaries
from tutelage.taxonomy.finding import Finding
from tutelage.taxonomy.load import leaf_files
from tutelage.taxonomy.read_leaf import read_leaf

_CHECKS = (
    check_seeds,
    check_passages,
    check_held,
    check_paraphrases,
    check_closed_book,
    check_sections,
    check_split_numbers,
    check_demands,
    check_grid,
)
"""Of one leaf each."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, ordered by file and line."""

    folder: Path
    leaves: int
    findings: tuple[Finding, ...]
    documents: tuple[DocumentSummary, ...] = ()
    """What became of each document of the leaves."""

    def count(self, severity: str) -> int:
        """How many findings have this severity: `error` or `warning`."""
        return sum(finding.severity == severity for finding in self.findings)


def lint_taxonomy(folder: Path, documents: Sequence[Path] = ()) -> Linted:
    """Find everything wrong with a taxonomy; raises TaxonomyError where there is none.

    `documents` are folders outside of it that its leaves may read documents from.
    """
    found: list[Finding] = []
    files = list(leaf_files(folder, found.append))
    read = [leaf for file in files if (leaf := read_leaf(folder, file, found.append, documents))]
    for leaf in read:
        for check in _CHECKS:
            check(leaf)
    check_leaks(read)
    check_names(folder, found.append)
    unique = dict.fromkeys(found)
    ordered = sorted(unique, key=lambda one: (str(one.file), one.line or 0, one.code, one.message))
    return Linted(folder, len(files), tuple(ordered), summaries(read))
