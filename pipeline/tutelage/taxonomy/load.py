"""Loading a taxonomy to work with: the first thing wrong in it is raised."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.finding import Finding, Report
from tutelage.taxonomy.leaf import ROOTS, Leaf, Taxonomy
from tutelage.taxonomy.read_leaf import read_leaf

RENAME = "is not read: a leaf's file is called qna.yaml; rename it"


def load_taxonomy(folder: str | Path) -> Taxonomy:
    """Read every `qna.yaml` under a folder; raises TaxonomyError with file, line and path."""
    folder = Path(folder)

    def refuse(finding: Finding) -> None:
        if finding.severity == "error":
            raise TaxonomyError(f"{finding} (`tutelage lint {folder}` shows all there is)")

    files = leaf_files(folder, refuse)
    leaves = tuple(read.leaf for file in files if (read := read_leaf(folder, file, refuse)))
    return Taxonomy(folder, leaves, digest([_content(leaf) for leaf in leaves]))


def leaf_files(folder: Path, report: Report) -> Iterator[Path]:
    """The `qna.yaml` of each leaf, ordered; raises TaxonomyError where there are none."""
    if not folder.is_dir():
        raise TaxonomyError(f"{folder}: no such taxonomy folder")
    roots = ", ".join(f"{root}/" for root in ROOTS)
    files = sorted(folder.rglob("qna.yaml"))
    misnamed = list(misnamed_leaves(folder))
    if not files:
        hint = f"; {misnamed[0]} {RENAME}" if misnamed else ""
        raise TaxonomyError(f"{folder}: no qna.yaml found under {roots}{hint}")
    for file in misnamed:
        report(Finding(file, None, "error", "unread-file", "", RENAME))
    for file in files:
        if file.relative_to(folder).parts[0] in ROOTS:
            yield file
        else:
            message = f"a leaf must stand under one of {roots}"
            report(Finding(file, None, "error", "misplaced", "", message))


def misnamed_leaves(folder: Path) -> Iterator[Path]:
    """Files that were meant as a `qna.yaml` and stand where there is none."""
    for file in sorted(folder.rglob("*")):
        name = file.name.lower()
        is_meant = name in ("qna.yml", "qna.yaml") and file.name != "qna.yaml"
        if is_meant and file.is_file() and not (file.parent / "qna.yaml").exists():
            yield file


def _content(leaf: Leaf) -> list[Any]:
    seeds = [[seed.id, seed.attributes] for seed in leaf.seeds]
    held = [[held.id, held.accept, held.verify] for held in leaf.eval_examples]
    # A commit never changes, so what it holds counts the same before and after it is fetched.
    documents: list[Any] = list(leaf.origin)
    if not leaf.origin:
        documents = [[document.name, document.digest] for document in leaf.documents]
    settings = [
        leaf.task_description,
        leaf.verify,
        leaf.attributes,
        leaf.persona,
        leaf.samples,
    ]
    return [leaf.path, seeds, held, documents, settings]
