"""Finding a leaf's documents: files beside its `qna.yaml`, or a commit of a git repository."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document import Document, read_document
from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.git import Unreachable, fetched
from tutelage.taxonomy.qna import DocumentSource

_SUPPLY = (
    "To go on without it, copy the files beside qna.yaml and add `path: [docs/*.md]` to `document`"
)


def read_documents(source: DocumentSource, notes: Notes) -> tuple[tuple[Document, ...], str]:
    """The documents that can be had, and why those of a repository cannot; reports the rest."""
    if source.path:
        return tuple(_local(source.path, notes)), ""
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
    return tuple(_read(files, folder, "document.patterns", notes)), ""


def _local(patterns: Iterable[str], notes: Notes) -> Iterator[Document]:
    root = notes.file.parent.resolve()
    for number, pattern in enumerate(patterns):
        place = f"document.path.{number}"
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            message = f"'{pattern}' leads out of the leaf's folder; copy the file into it"
            notes.error("document-outside", place, message)
            continue
        try:
            found = sorted(path for path in root.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError, OSError) as exc:
            notes.error("document-missing", place, f"'{pattern}' is no pattern of files: {exc}")
            continue
        if not found:
            message = f"'{pattern}' matches no file under {notes.file.parent}"
            notes.error("document-missing", place, message)
        yield from _read(found, root, place, notes)


def _read(files: Iterable[Path], root: Path, place: str, notes: Notes) -> Iterator[Document]:
    for file in files:
        name = file.relative_to(root).as_posix()
        if not file.resolve().is_relative_to(root):
            message = f"'{name}' is a link out of the leaf's folder; copy the file into it"
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
