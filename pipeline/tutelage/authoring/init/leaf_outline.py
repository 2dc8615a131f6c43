"""Which leaves documents make: by folder, by document, and by heading where a document is large.

Each leaf is examined and sampled by itself, so it should hold neither one page nor a whole library.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import regex

from tutelage.authoring.init.found_documents import FoundDocument
from tutelage.core.text import plain
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.statements import Statement, statements

_PAGE = 5
"""Statements of a document that makes a leaf of its own, at least."""
_MANY = 8
"""Documents of a folder that may each have a leaf; more of them share one."""
_LARGE = 200
"""Statements of a document that is parted at its headings."""
_PART = 60
"""Statements of such a part, at least."""
_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class LeafOutline:
    """A knowledge leaf to be: its folder in the taxonomy, and what it reads."""

    path: str
    title: str
    documents: tuple[FoundDocument, ...]
    sections: tuple[str, ...] = ()
    """Headings, where it reads a part of its one document."""

    @property
    def root(self) -> Path:
        """The folder that its documents' names start from."""
        return self.documents[0].root

    @property
    def statements(self) -> list[Statement]:
        """What its documents state, but for sections that it does not read."""
        return [one for document in self.read for one in statements(document)]

    @property
    def read(self) -> list[Document]:
        """Its documents as the leaf will read them."""
        documents = [one.document for one in self.documents]
        return [replace(document, sections=self.sections) for document in documents]


def outline(documents: Sequence[FoundDocument]) -> list[LeafOutline]:
    """The leaves of some documents, in their order, no two with one path."""
    roots = list(dict.fromkeys(one.root for one in documents if not one.is_named))
    found: list[LeafOutline] = []
    keyed = groupby(documents, key=lambda one: (one.root, one.folder))
    for (root, folder), inside in keyed:
        above = (root.name, *folder) if len(roots) > 1 and root in roots else folder
        found += _of_folder("/".join(map(slug, above)), root.name, list(inside))
    return list(_numbered(found))


def slug(text: str) -> str:
    """A folder's name made of a text: its first words, in any script, joined by `_`."""
    words = regex.findall(r"[\p{L}\p{M}\p{N}]+", plain(text))
    return "_".join(words[:_NAME_WORDS])[:48].strip("_") or "documents"


def _of_folder(
    above: str, root_name: str, documents: Sequence[FoundDocument]
) -> Iterator[LeafOutline]:
    large = [one for one in documents if len(one.statements) >= _LARGE]
    small = [one for one in documents if one not in large]
    own = [one for one in small if len(one.statements) >= _PAGE] if len(small) <= _MANY else []
    if len(small) == 1 and not own:
        own = small
    shared = [one for one in small if one not in own]
    titles = [title_of(one) for one in documents]
    for one in documents:
        title = title_of(one)
        name = title if titles.count(title) == 1 else Path(one.document.name).stem
        if one in large:
            yield from _parted(above, name, title, one)
        elif one in own:
            yield LeafOutline(_joined(above, slug(name)), title, (one,))
    if shared:
        folder = above.rpartition("/")[2] or slug(root_name)
        path = above if above and not (large or own) else _joined(above, folder)
        yield LeafOutline(path, folder.replace("_", " "), tuple(shared))


def title_of(found: FoundDocument) -> str:
    """A document's title: the one heading that all of it stands under, else its file's name."""
    tops = {one.headings[0] if one.headings else "" for one in found.statements}
    title = tops.pop() if len(tops) == 1 else ""
    return title or Path(found.document.name).stem.replace("_", " ").replace("-", " ").strip()


def _parted(above: str, name: str, title: str, found: FoundDocument) -> Iterator[LeafOutline]:
    """Leaves of a large document: runs of its main sections, each large enough to be examined."""
    sections = _main_sections(found)
    parts: list[list[str]] = []
    count = 0
    for heading, size in sections.items():
        if not parts or count >= _PART:
            parts, count = [*parts, []], 0
        parts[-1].append(heading)
        count += size
    if len(parts) > 1 and count < _PART:
        parts[-2] += parts.pop()
    if len(parts) < 2:
        yield LeafOutline(_joined(above, slug(name)), title, (found,))
        return
    for headings in parts:
        topic = next((heading for heading in headings if heading != title), title)
        path = f"{_joined(above, slug(name))}/{slug(topic)}"
        yield LeafOutline(path, f"{title}: {topic}", (found,), tuple(headings))


def _main_sections(found: FoundDocument) -> dict[str, int]:
    """Statements by main heading: under the title where there is one; empty where not all text
    stands under headings, or one heading stands in several places."""
    title = title_of(found)
    sizes: dict[str, int] = {}
    above: dict[str, tuple[str, ...]] = {}
    for one in found.statements:
        if not one.headings:
            return {}
        is_titled = one.headings[0] == title and len(one.headings) > 1
        heading = one.headings[1] if is_titled else one.headings[0]
        sizes[heading] = sizes.get(heading, 0) + 1
        if above.setdefault(heading, one.headings[:1]) != one.headings[:1]:
            return {}
    inner = {name for one in found.statements for name in one.headings[2:]}
    return {} if inner & sizes.keys() else sizes


def _joined(above: str, name: str) -> str:
    return f"{above}/{name}" if above else name


def _numbered(leaves: Sequence[LeafOutline]) -> Iterator[LeafOutline]:
    """The leaves under `knowledge/`, those of one path distinguished by a number."""
    taken: set[str] = set()
    for leaf in leaves:
        path, number = f"knowledge/{leaf.path}", 1
        while path in taken:
            number += 1
            path = f"knowledge/{leaf.path}_{number}"
        taken.add(path)
        yield replace(leaf, path=path)
