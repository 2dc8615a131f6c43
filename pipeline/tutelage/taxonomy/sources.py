"""Finding a leaf's documents: files beside its `qna.yaml`, or a commit of a git repository.

A taxonomy may be a stranger's: what it names is read from inside it only. A folder elsewhere
(`document: {root: ../../manuals}`) is read where the one who runs it names that folder too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.core.nearest import nearest
from tutelage.taxonomy.documents.document import Document, read_document
from tutelage.taxonomy.documents.passages import document_blocks
from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.git import Unreachable, fetched
from tutelage.taxonomy.qna import DocumentSource

_SUPPLY = (
    "To go on without it, copy the files beside qna.yaml and add `path: [docs/*.md]` to `document`"
)


def read_documents(
    source: DocumentSource, notes: Notes, allowed: Sequence[Path] = ()
) -> tuple[tuple[Document, ...], str]:
    """The documents that can be had, and why those of a repository cannot; reports the rest.

    `allowed` are the folders that a `root` may lie in: the taxonomy, and those that its user names.
    """
    if source.path:
        root = _root(source.root, notes, allowed)
        found = _local(source.path, root, notes) if root else ()
        return tuple(_cut(found, source.sections, notes)), ""
    if source.root is not None:
        notes.error("no-documents", "document", "give `path` beside `root`: `path: ['*.md']`")
        return (), ""
    if source.repo is None:
        notes.error("no-documents", "document", "give `path`, or `repo`, `commit` and `patterns`")
        return (), ""
    try:
        folder = fetched(source.repo, source.commit or "", source.patterns)
    except Unreachable as exc:
        return (), f"{exc}. {_SUPPLY}"
    except TaxonomyError as exc:
        notes.error("bad-repository", "document", f"{exc}. {_SUPPLY}")
        return (), ""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    read = _read(files, folder, "document.patterns", notes)
    return tuple(_cut(read, source.sections, notes)), ""


def _root(given: str | None, notes: Notes, allowed: Sequence[Path]) -> Path | None:
    """The folder that patterns start from; None, with a report, where it may not be read."""
    leaf = notes.file.parent.resolve()
    if given is None:
        return leaf
    root = (leaf / given).resolve()
    if not any(root.is_relative_to(folder.resolve()) for folder in allowed):
        message = (
            f"'{given}' leads to {root}, outside of the taxonomy. If you trust the taxonomy, allow "
            f"it: `documents: ['{root}']` in the recipe, `--documents '{root}'` for `lint`"
        )
        notes.error("document-outside", "document.root", message)
        return None
    if not root.is_dir():
        notes.error("document-missing", "document.root", f"'{given}': no such folder ({root})")
        return None
    return root


def _cut(documents: Iterable[Document], sections: list[str], notes: Notes) -> Iterator[Document]:
    """The documents, each with the sections of it that belong to the leaf."""
    there: set[str] = set()
    for document in documents:
        part = document
        if sections:
            chosen = digest(document.text, sections)
            part = replace(document, sections=tuple(sections), digest=chosen)
            there.update(name for block in document_blocks(document) for name in block.headings)
            if next(document_blocks(part), None) is None:
                continue
        yield part
    for number, name in enumerate(sections):
        if there and name not in there:
            message = f"no document has a section '{name}'{nearest(name, there)}"
            notes.error("section-missing", f"document.sections.{number}", message)


def _local(patterns: Iterable[str], root: Path, notes: Notes) -> Iterator[Document]:
    for number, pattern in enumerate(patterns):
        place = f"document.path.{number}"
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            message = (
                f"'{pattern}' leads out of the leaf's folder; copy the file into it, or name the "
                "folder as `root`"
            )
            notes.error("document-outside", place, message)
            continue
        try:
            found = sorted(path for path in root.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError, OSError) as exc:
            notes.error("document-missing", place, f"'{pattern}' is no pattern of files: {exc}")
            continue
        if not found:
            message = f"'{pattern}' matches no file under {root}"
            notes.error("document-missing", place, message)
        yield from _read(found, root, place, notes)


def _read(files: Iterable[Path], root: Path, place: str, notes: Notes) -> Iterator[Document]:
    for file in files:
        name = file.relative_to(root).as_posix()
        if not file.resolve().is_relative_to(root):
            message = f"'{name}' is a link out of {root}; copy the file into it"
            notes.error("document-outside", place, message)
            continue
        try:
            document = read_document(file, name)
        except TaxonomyError as exc:
            notes.error("document-unreadable", place, str(exc))
            continue
        if document.is_empty:
            notes.warning("document-empty", place, f"'{name}' holds no text")
        yield document
