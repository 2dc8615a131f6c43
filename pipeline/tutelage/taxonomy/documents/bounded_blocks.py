"""Blocks with an upper bound, whatever the text: what is longer is cut where it hurts least.

A table between its rows, each part with the header; code between its lines, each part in its fence;
prose between sentences, and a sentence without end, as a line of a log, between words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from tutelage.core.language.sentences import sentences
from tutelage.core.language.token_length import likely_tokens
from tutelage.taxonomy.documents.blocks import Block

Count = Callable[[str], int]
"""Tells how many tokens a text has."""

MOST_TOKENS = 256
"""Tokens of a block, at most, where nothing else is said: a passage is a block or a part of one."""

_HEADER_LINES = 2
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_BREAK = re.compile(r"[\s、，；：。,;:|/)\]}]")


def bounded(
    blocks: Iterable[Block], size: int = MOST_TOKENS, count: Count = likely_tokens
) -> Iterator[Block]:
    """The blocks, those of over `size` tokens as several."""
    for block in blocks:
        if count(f"{block.number} {block.text}") <= size:
            yield block
        elif block.kind == "table":
            yield from (replace(block, text=text) for text in _table(block.text, size, count))
        elif block.kind == "code":
            yield from (replace(block, text=text) for text in _code(block.text, size, count))
        else:
            yield from _prose(block, size - count(f"{block.number} "), count)


def fitting(text: str, size: int, count: Count) -> list[str]:
    """A text in parts of at most `size` tokens, cut at a space or sign near the middle."""
    if len(text) < 2 or count(text) <= size:
        return [text]
    middle = _near_middle(text)
    parts = (text[:middle].rstrip(), text[middle:].lstrip())
    return [piece for part in parts if part for piece in fitting(part, size, count)]


def _near_middle(text: str) -> int:
    half = len(text) // 2
    space = text.rfind(" ", 1, half + 1)
    if space > half // 2:
        return space
    signs = [found.end() for found in _BREAK.finditer(text, half // 2, half + 1)]
    return signs[-1] if signs else space if space > 0 else half


def _table(text: str, size: int, count: Count) -> Iterator[str]:
    lines = text.split("\n")
    header = "\n".join(lines[:_HEADER_LINES])
    room = size - count(header) - 1
    if room < size // 2:  # the header alone fills half of it: it cannot stand in each part
        yield from _packed(lines, size, count)
        return
    for part in _packed(lines[_HEADER_LINES:], room, count):
        yield f"{header}\n{part}"


def _code(text: str, size: int, count: Count) -> Iterator[str]:
    lines = text.split("\n")
    fence = _FENCE.match(lines[0])
    if fence is None:
        yield from _packed(lines, size, count)
        return
    opening, closing = lines[0], fence[1]
    inside = lines[1:-1] if lines[-1].strip().startswith(closing) else lines[1:]
    if count(opening) > size // 4:  # no name of a language, but text: it stands once, inside
        opening, inside = closing, [opening.strip().removeprefix(closing).strip(), *inside]
    room = max(size // 2, size - count(f"{opening}\n\n{closing}"))
    for part in _packed(inside, room, count):
        yield f"{opening}\n{part}\n{closing}"


def _packed(lines: Sequence[str], size: int, count: Count) -> Iterator[str]:
    """As many whole lines together as fit; a longer line in parts."""
    held: list[str] = []
    length = 0
    for line in (part for whole in lines for part in fitting(whole, size, count)):
        needed = count(f"{line}\n")
        if held and length + needed > size:
            yield "\n".join(held)
            held, length = [], 0
        held.append(line)
        length += needed
    if any(line.strip() for line in held):
        yield "\n".join(held)


def _prose(block: Block, size: int, count: Count) -> Iterator[Block]:
    """The sentences that fit stay together; of a longer one each part is a block of its own."""
    held: list[str] = []
    first = block
    for sentence in sentences(block.text):
        if count(sentence) <= size:
            held.append(sentence)
            continue
        if held:
            yield replace(first, text=" ".join(held))
            held, first = [], _following(block)
        for part in fitting(sentence, size, count):
            yield replace(first, text=part)
            first = _following(block)
    if held:
        yield replace(first, text=" ".join(held))


def _following(block: Block) -> Block:
    """What goes on from an item is no item of its own."""
    return replace(block, kind="paragraph", number="")
