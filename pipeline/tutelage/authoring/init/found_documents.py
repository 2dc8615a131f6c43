"""The documents under the files and folders that someone names, and why others are left out."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tutelage.core.errors import InputError, TaxonomyError
from tutelage.taxonomy.documents.document import READERS, Document, read_document
from tutelage.taxonomy.documents.statements import Statement, statements


@dataclass(frozen=True)
class FoundDocument:
    """A document, and the folder that was named for it."""

    root: Path
    """The folder that was named, or that of the file that was named."""
    file: Path
    document: Document
    """Its name is its path from the root."""
    is_named: bool = False
    """Whether the file itself was named."""

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What it states."""
        return tuple(statements(self.document))

    @property
    def folder(self) -> tuple[str, ...]:
        """The folders between the root and the file."""
        return self.file.relative_to(self.root).parts[:-1]


@dataclass(slots=True)
class FoundDocuments:
    """What was found, and by what was left out, why."""

    documents: list[FoundDocument] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def find_documents(places: Sequence[Path], without: Path) -> FoundDocuments:
    """Read every document in some files and folders, but for those in the folder `without`.

    Hidden files and folders are passed over. Raises InputError where a place is not there.
    """
    found, seen = FoundDocuments(), dict[Path, str]()
    texts: dict[str, str] = {}
    for place in places:
        if not place.exists():
            raise InputError(f"{place}: no such file or folder")
        root = place.resolve() if place.is_dir() else place.resolve().parent
        files = _files(root, without.resolve()) if place.is_dir() else [place.resolve()]
        for file in files:
            if file.resolve() not in seen:
                seen[file.resolve()] = str(file)
                _read(file, root, found, texts, is_named=not place.is_dir())
    return found


def _files(root: Path, without: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        here = Path(folder)
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and here / name != without
        )
        yield from (here / name for name in sorted(names) if not name.startswith("."))


def _read(
    file: Path, root: Path, found: FoundDocuments, texts: dict[str, str], *, is_named: bool
) -> None:
    """Add a file to what was found, or the reason to what was left out."""
    name = file.relative_to(root).as_posix()
    if file.suffix.lower() not in READERS:
        kinds = ", ".join(READERS)
        found.left_out[str(file)] = f"documents are read from {kinds}"
        return
    if not file.resolve().is_relative_to(root):
        found.left_out[str(file)] = "a link out of its folder: name the file that it leads to"
        return
    try:
        document = read_document(file, name)
    except TaxonomyError as exc:
        found.left_out[str(file)] = str(exc).removeprefix(f"{file}: ")
        return
    one = FoundDocument(root, file, document, is_named)
    if document.is_empty or not one.statements:
        found.left_out[str(file)] = "holds no text that states anything"
    elif document.digest in texts:
        found.left_out[str(file)] = f"has the same text as {texts[document.digest]}"
    else:
        texts[document.digest] = str(file)
        found.documents.append(one)


def in_words(left_out: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines about what was left out; files of kinds that are not read, together by suffix."""
    by_suffix: dict[str, int] = {}
    for name, why in left_out:
        if why.startswith("documents are read from"):
            suffix = Path(name).suffix or "no suffix"
            by_suffix[suffix] = by_suffix.get(suffix, 0) + 1
        else:
            yield f"left out: {name}: {why}"
    if by_suffix:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(by_suffix.items()))
        yield f"left out, as no documents are read from such files: {kinds}"
