"""Sentences of prose: closing quotes stay with their sentence, and `Dr.` and initials end none."""

from collections.abc import Iterator

import regex

# Which way quotes point differs by language: German closes with “ or «, English and French open so.
_CLOSING = r"[\"'“”’«»)\]]"
_OPENING = r"[\"'“”‘„‚«»(\[]"
_SENTENCE_END = regex.compile(
    rf"(?<=[.!?…]{_CLOSING}*)\s+(?={_OPENING}?[\p{{Lu}}\p{{N}}])"
    r"|(?<=[。！？][」』”’]*)(?![」』”’\s])(?=.)"  # scripts that put no space between sentences
)
_ABBREVIATION = regex.compile(
    r"(?:\b(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|approx|Inc|Ltd|Co)\.)$"
)


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a stretch of prose, with single spaces."""
    held = ""
    for part in _SENTENCE_END.split(" ".join(paragraph.split())):
        held = f"{held} {part}".strip()
        if not _ABBREVIATION.search(held):
            yield held
            held = ""
    if held:
        yield held
