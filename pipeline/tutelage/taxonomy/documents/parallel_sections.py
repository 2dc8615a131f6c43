"""Sections that are built like others of their document: releases, recipes, products.

What they say (`Added: ...`, `Price: ...`) is told apart by the heading above it alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from tutelage.taxonomy.documents.blocks import Block

LABEL = regex.compile(r"(?P<label>[\p{Lu}\p{N}][^.!?:]{0,60}): \S")
"""An entry that says what it is about: `Name: value`."""
_ALIKE = 2
"""Labels or introductions that a section shares with others which are built like it, at least."""

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParallelSections:
    """Names that stand under several headings of a document, and the sections that have them."""

    names: frozenset[str]
    """Headings, labels of entries and lines that introduce a list."""
    paths: frozenset[_Path]
    """Headings of the sections that are built alike, from the title on."""

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> "ParallelSections":
        """As the blocks of a document tell; what stands under its only title is no section."""
        paths = {block.headings for block in blocks if block.headings}
        top = 1 if len({path[0] for path in paths}) > 1 else 2
        under = {(path[n], path[:n]) for path in paths for n in range(top, len(path))}
        said = {(name, block.headings) for block in blocks for name in _names(block)}
        repeated, shared = _several(under), _several(said)
        above = {path for name, path in under if name in repeated}
        alike = Counter(path for name, path in said if name in shared)
        parallel = above | {(*path, name) for name, path in under if path in above}
        parallel |= {path for path, count in alike.items() if count >= _ALIKE}
        inside = Counter(path for _, path in under)
        most = Counter(path[:-1] for path in parallel)
        parallel |= {(*at, name) for name, at in under if most[at] * 2 > max(inside[at], _ALIKE)}
        return cls(repeated | shared, frozenset(path for path in parallel if len(path) > 1))


def _several(pairs: Iterable[tuple[str, _Path]]) -> frozenset[str]:
    counts = Counter(name for name, _ in pairs)
    return frozenset(name for name, count in counts.items() if count > 1)


def _names(block: Block) -> list[str]:
    if block.kind not in ("paragraph", "item"):
        return []
    found = [LABEL.match(line) for line in block.text.split("\n")]
    labels = [label["label"] for label in found if label]
    return [*labels, block.text.rstrip(":")] if block.text.endswith(":") else labels
