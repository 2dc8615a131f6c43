"""Runs of words: so many in a row, of scripts without spaces so many as make as long a text."""

from collections.abc import Iterator, Sequence

import regex

from tutelage.core.language.letters import run_weight
from tutelage.core.text import words

Gram = tuple[str, ...]
_PART = regex.compile(r"\S+|\s+")


def spans(found: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Start and length of every run of `size` words."""
    weights = [run_weight(word) for word in found]
    for start in range(len(found)):
        total, end = 0.0, start
        while end < len(found) and total < size - 1e-9:
            total += weights[end]
            end += 1
        if total < size - 1e-9:
            return
        yield start, end - start


def runs(found: Sequence[str], size: int) -> Iterator[Gram]:
    """Every run of `size` words."""
    for start, length in spans(found, size):
        yield tuple(found[start : start + length])


def covered(found: Sequence[str], known: set[Gram]) -> set[int]:
    """The places of the words that stand in one of these runs."""
    places: set[int] = set()
    for length in {len(run) for run in known}:
        for start in range(len(found) - length + 1):
            if tuple(found[start : start + length]) in known:
                places.update(range(start, start + length))
    return places


def without_runs(text: str, known: set[Gram]) -> str:
    """A text without the words that stand in one of these runs; its other words as written."""
    if not known:
        return text
    parts = _PART.findall(text)
    counts = [len(words(part)) for part in parts]
    drop = covered(words(text), known)
    kept, place = [], 0
    for part, count in zip(parts, counts, strict=True):
        if not count or not drop.issuperset(range(place, place + count)):
            kept.append(part)
        place += count
    return "".join(kept).strip()
