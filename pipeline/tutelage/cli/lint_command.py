"""`tutelage lint`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from tutelage.cli.json_output import emit
from tutelage.cli.options import Documents, console

if TYPE_CHECKING:
    from tutelage.authoring.lint.lint_taxonomy import Linted
    from tutelage.taxonomy.finding import Finding

_FAILED = 2
"""The exit code of bad input, as everywhere; warnings alone end with 0."""


def lint(
    taxonomy: Annotated[Path, typer.Argument(metavar="TAXONOMY", help="A taxonomy folder.")],
    documents: Documents = None,
) -> None:
    """Find everything wrong with a taxonomy, by file and line; errors end it with exit code 2."""
    from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy

    linted = lint_taxonomy(taxonomy, documents or ())
    if not emit(_facts(linted)):
        for finding in linted.findings:
            console.print(_line(finding), soft_wrap=True)
        for document in linted.documents:
            console.print(str(document), soft_wrap=True, highlight=False, markup=False)
        console.print(_summary(linted), highlight=False)
    if linted.count("error"):
        raise typer.Exit(_FAILED)


def _facts(linted: "Linted") -> dict[str, object]:
    return {
        "schema": 1,
        "taxonomy": str(linted.folder),
        "leaves": linted.leaves,
        "errors": linted.count("error"),
        "warnings": linted.count("warning"),
        "documents": [asdict(document) for document in linted.documents],
        "findings": [asdict(f) | {"file": str(f.file)} for f in linted.findings],
    }


def _line(finding: "Finding") -> Text:
    where = f"{finding.file}:{finding.line}" if finding.line else str(finding.file)
    colour = "red" if finding.severity == "error" else "yellow"
    label = (f"{finding.severity}[{finding.code}]", colour)
    place = f" {finding.place}:" if finding.place else ""
    return Text.assemble(f"{where}: ", label, f"{place} {finding.message}")


def _summary(linted: "Linted") -> str:
    counts = [
        f"{number} {what}{'' if number == 1 else 's'}"
        for what in ("error", "warning")
        if (number := linted.count(what))
    ]
    leaves = f"{linted.leaves} {'leaf' if linted.leaves == 1 else 'leaves'}"
    return f"{leaves}: {', '.join(counts) or 'no problems found'}"
