"""Loading a taxonomy to work with: the first thing wrong in it is raised.

What is still to be filled in or approved is no mistake: it is raised last, as one list.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document import READERS
from tutelage.taxonomy.finding import UNFINISHED, Finding, Report
from tutelage.taxonomy.leaf import ROOTS, Leaf, Taxonomy
from tutelage.taxonomy.read_leaf import read_leaf

RENAME = "is not read: a leaf's file is called qna.yaml; rename it"


def load_taxonomy(
    folder: str | Path, documents: Sequence[str | Path] = (), *, unfinished: bool = False
) -> Taxonomy:
    """Read every `qna.yaml` under a folder; raises TaxonomyError with file, line and path.

    `documents` are folders outside of it that its leaves may read documents from. `unfinished` is
    for plans: blank examples and drafts that wait for approval stand for what they will become.
    """
    folder, outside = Path(folder), tuple(map(Path, documents))
    to_do: list[str] = []

    def refuse(finding: Finding) -> None:
        if finding.code == UNFINISHED:
            to_do.append(str(finding))
        elif finding.severity == "error":
            raise TaxonomyError(f"{finding} (`tutelage lint {folder}` shows all there is)")

    read = (
        read_leaf(folder, file, refuse, outside, unfinished=unfinished)
        for file in leaf_files(folder, refuse)
    )
    leaves = tuple(one.leaf for one in read if one)
    if to_do and not unfinished:
        raise TaxonomyError("\n".join([f"{folder}: still to fill in or approve:", *to_do]))
    content = digest([_content(leaf) for leaf in leaves])
    return Taxonomy(folder, leaves, content, tuple(to_do), outside)


def leaf_files(folder: Path, report: Report) -> Iterator[Path]:
    """The `qna.yaml` of each leaf, ordered; raises TaxonomyError where there are none."""
    if not folder.is_dir():
        raise TaxonomyError(f"{folder}: no such taxonomy folder{for_documents(folder)}")
    roots = ", ".join(f"{root}/" for root in ROOTS)
    files = sorted(folder.rglob("qna.yaml"))
    misnamed = list(misnamed_leaves(folder))
    if not files:
        hint = f"; {misnamed[0]} {RENAME}" if misnamed else for_documents(folder)
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


def for_documents(place: Path) -> str:
    """A hint for whoever named documents where a taxonomy or a recipe is wanted; else empty."""
    inside = place.rglob("*") if place.is_dir() else [place]
    if not any(path.suffix.lower() in READERS and path.is_file() for path in inside):
        return ""
    what = "documents" if place.is_dir() else "a document"
    return f"; {what}? `tutelage init {place} --out my_taxonomy` makes a taxonomy of them"


def _content(leaf: Leaf) -> list[Any]:
    seeds = [[seed.id, seed.attributes] for seed in leaf.seeds]
    held = [[held.id, held.accept, held.verify] for held in leaf.eval_examples]
    # A commit never changes, so what it holds counts the same before and after it is fetched.
    documents: list[Any] = list(leaf.origin)
    if not leaf.origin:
        documents = [[document.name, document.digest] for document in leaf.documents]
    settings: list[Any] = [
        leaf.task_description,
        leaf.verify,
        leaf.attributes,
        leaf.persona,
        leaf.samples,
    ]
    if leaf.tools:
        settings.append([[tool.schema, tool.code] for tool in leaf.tools])
    if leaf.conversations:
        settings.append(leaf.conversations)
    if leaf.attribute_rules:
        settings.append([[n, one.weights, one.when] for n, one in leaf.attribute_rules.items()])
    return [leaf.path, seeds, held, documents, settings]
