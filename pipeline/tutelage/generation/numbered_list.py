"""A numbered list split at its own numbers: those of lists inside an item stay in the item.

The numbers decide: an outer list counts 1, 2, 3, and between two of its items only whole lists may
stand. Where indents or marks set the outer items apart these are gone by; where a text can be taken
apart in more than one way it is not taken apart at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

_MARKER = regex.compile(
    r"^(?P<indent>[ \t]*)(?P<before>(?:#{1,6}[ ]+)?[*_]{0,2}[(（\[]?(?P<word>\p{L}+[ ]+)?)"
    r"(?P<number>\p{Nd}{1,3})(?P<after>[.)）\]:：、．][*_]{0,2})(?:(?<=[、．：])|(?=\s))[ \t]*",
    regex.MULTILINE,
)


class AmbiguousListError(ValueError):
    """A text that can be read as more than one list."""


@dataclass(frozen=True, slots=True)
class _Marker:
    """A number that may begin an item."""

    start: int
    end: int
    number: int
    indent: str
    style: tuple[str, str]
    word: str


def split_numbered(text: str, count: int, *, cut: bool = False) -> list[str]:
    """The items of a list of about `count`, in order, as they stand; none where there is no list.

    `cut` where the text may end in the middle of an item. Raises AmbiguousListError.
    """
    markers = _markers(text)
    if not markers:
        return []
    first = markers[0]
    alike = [one for one in markers if one.word == first.word]
    beside = [one for one in alike if one.indent == first.indent]
    same = [one for one in beside if one.style == first.style]
    readings = [_outer(some, count, cut=cut) for some in (same, beside, alike)]
    found = [reading for reading in readings if reading]
    if not found:
        raise AmbiguousListError("its numbers can be read in more than one way")
    starts = next((reading for reading in found if len(reading) == count), found[0])
    ends = [one.start for one in starts[1:]] + [len(text)]
    return [text[one.end : end].strip() for one, end in zip(starts, ends, strict=True)]


def _markers(text: str) -> list[_Marker]:
    found = [
        _Marker(
            one.start(),
            one.end(),
            int(one["number"]),
            one["indent"],
            (one["before"], one["after"]),
            (one["word"] or "").strip().casefold(),
        )
        for one in _MARKER.finditer(text)
    ]
    # A number beyond their count, of a year or a price at a line's start, begins no item.
    return [one for one in found if 1 <= one.number <= len(found)]


def _outer(markers: Sequence[_Marker], count: int, *, cut: bool) -> list[_Marker] | None:
    """The markers of the outer items; None where none or several choices are possible."""
    numbers = [one.number for one in markers]
    chosen = _choices(numbers, cut=cut)
    if count in chosen:
        ways = chosen[count]
    elif len(chosen) == 1:
        ways = next(iter(chosen.values()))
    else:
        return None
    return [markers[at] for at in ways[0]] if len(ways) == 1 else None


def _choices(numbers: Sequence[int], *, cut: bool) -> dict[int, list[list[int]]]:
    """By length, the ways (two at most of each) to choose the outer 1, 2, 3 ... among numbers."""
    if not numbers or numbers[0] != 1:
        return {}
    size = len(numbers)
    ways: dict[int, list[list[int]]] = {0: [[0]]}
    """By place of the last outer number."""
    for at in range(1, size):
        ways[at] = [
            [*way, at]
            for before in range(at)
            for way in ways[before]
            if numbers[at] == len(way) + 1 and _are_lists(numbers[before + 1 : at])
        ][: 2 * size]
    found: dict[int, list[list[int]]] = {}
    for last in range(size):
        if _are_lists(numbers[last + 1 :], cut=cut):
            for way in ways[last]:
                found.setdefault(len(way), []).append(way)
    return found


def _are_lists(numbers: Sequence[int], *, cut: bool = False) -> bool:
    """Whether numbers are whole lists, one after or inside another, of two items at least.

    Where the text was `cut` its last list may have only begun.
    """
    open_lists: list[int] = []
    for number in numbers:
        if number == 1:
            open_lists.append(1)
            continue
        while open_lists and open_lists[-1] != number - 1:
            if open_lists.pop() == 1:
                return False  # a list of a single item
        if not open_lists:
            return False
        open_lists[-1] = number
    return all(
        last > 1 or (cut and at == len(open_lists) - 1) for at, last in enumerate(open_lists)
    )
