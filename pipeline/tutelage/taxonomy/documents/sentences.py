"""Sentences of prose: closing quotes stay with their sentence, and `Dr.` and initials end none."""

from collections.abc import Iterator

import regex

# Which way quotes point differs by language: German closes with “ or «, English and French open so.
_CLOSING = r"[\"'“”’«»)\]]"
_OPENING = r"[\"'“”‘„‚«»(\[]"
_SENTENCE_END = regex.compile(
    rf"[.!?…]{_CLOSING}*(?P<gap> )(?={_OPENING}?[\p{{Lu}}\p{{N}}])"
    r"|[。！？][」』”’]*(?P<gap>)(?=[^」』”’\s])"  # scripts that put no space between sentences
)
_ABBREVIATION = regex.compile(
    r"(?:\b(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|approx|Inc|Ltd|Co)\.)$"
)


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a stretch of prose, with single spaces."""
    text, start = " ".join(paragraph.split()), 0
    for end in _SENTENCE_END.finditer(text):
        sentence = text[start : end.start("gap")]
        if not _ABBREVIATION.search(sentence):
            yield sentence
            start = end.end("gap")
    if text[start:]:
        yield text[start:]
