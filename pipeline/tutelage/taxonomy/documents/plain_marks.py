"""Headings and lists of a text that marks none, as contracts, minutes and converted files have.

A numbered line, or one in capitals, that says nothing by itself is a heading of what follows; lines
that begin with a letter in brackets or a bullet are items. Page numbers are left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import regex

from tutelage.core.language.question_marks import ends_sentence

if TYPE_CHECKING:
    from tutelage.taxonomy.documents.blocks import Block

_HEADING_WORDS = 8
"""Words of a line that is a heading, at most."""
_NUMBER = regex.compile(r"(?:§\s*)?(?P<number>\p{N}{1,3}(?:\.\p{N}{1,3})*)[.)]?\s+(?=\S)")
_CLAUSE = r"\p{N}{1,2}(?:\.\p{N}{1,2})+\.?"
_MARK = regex.compile(
    rf"(?m)^[ \t]*(\((?:\p{{L}}|[ivx]{{2,5}}|\p{{N}}{{1,2}})\)|\p{{Ll}}\)|[•‣▪●◦○]"
    rf"|{_CLAUSE}(?=\s+[^\p{{Ll}}\s]))[ \t]+"
)
"""What begins a line that is an item, or a clause (`2.1`)."""
_FEWEST_ITEMS = 2
_PAGE = regex.compile(
    r"[\s–—-]*\p{N}{1,4}[\s–—-]*|[^\p{N}\s]{0,8}\s?\p{N}{1,4}\s*(?:/|\p{L}{1,5})\s*\p{N}{1,4}"
)
"""A line that only numbers a page: `- 3 -`, `Page 3 of 9`."""

_FIGURES = regex.compile(r"\p{N}+")

_Implied = tuple[int, str]
"""How deep a heading that is not marked stands, and its text."""


def with_plain_marks(found: Iterable["Block"]) -> Iterator["Block"]:
    """The blocks with the items and headings that only their wording tells."""
    parted = _without_pages([part for block in found for part in _items(block)])
    implied: list[_Implied] = []
    before: Block | None = None
    for number, block in enumerate(parted):
        after = parted[number + 1] if number + 1 < len(parted) else None
        if before is None or before.headings != block.headings:
            implied = []
        heading = _heading(block, before, after)
        before = block
        if heading:
            implied = [entry for entry in implied if entry[0] < heading[0]] + [heading]
        else:
            titles = (title for _, title in implied)
            yield replace(block, headings=(*block.headings, *titles))


def _items(block: "Block") -> Iterator["Block"]:
    """A block as the line that introduces its list, and the items or numbered clauses of it."""
    first, *parts = _MARK.split(block.text)
    if block.kind not in ("paragraph", "item") or len(parts) < 2 * _FEWEST_ITEMS:
        yield block
        return
    if first.strip():
        yield replace(block, text=first.strip())
    for mark, text in zip(parts[::2], parts[1::2], strict=True):
        if mark[0].isdigit():
            yield replace(block, kind="paragraph", text=f"{mark} {text.strip()}", number="")
        else:
            yield replace(block, kind="item", text=text.strip(), number=mark)


def _without_pages(found: list["Block"]) -> list["Block"]:
    """The blocks but for the numbers of pages, of which there are several that differ."""
    pages = {
        number: _FIGURES.sub("0", block.text)
        for number, block in enumerate(found)
        if block.kind == "paragraph" and _PAGE.fullmatch(block.text)
    }
    times = Counter(pages.values())
    return [one for number, one in enumerate(found) if times[pages.get(number, "")] < 2]


def _heading(block: "Block", before: "Block | None", after: "Block | None") -> _Implied | None:
    """The heading that a block is: a lone line with a number or in capitals, before what it heads.

    A figure in it, or a sign at its end, tells that it states something.
    """
    if after is None or after.headings != block.headings or "\n" in block.text:
        return None
    number, text = block.number, block.text
    if block.kind == "paragraph":
        if found := _NUMBER.match(text):
            number, text = found["number"], text[found.end() :]
    elif not number[:1].isdigit() or "item" in (before and before.kind, after.kind):
        return None
    is_named = number or text.isupper()
    is_open = ends_sentence(text) or text.endswith((":", ",", ";"))
    if not is_named or is_open or text[:1].islower() or any(map(str.isdigit, text)):
        return None
    if block.kind not in ("paragraph", "item") or len(text.split()) > _HEADING_WORDS:
        return None
    return (number.rstrip(".)").count(".") + 1 if number else 0), text
