"""Sentences of prose in any script.

By `sentencex`, which knows the full stops of Unicode and the abbreviations of some 300 languages.
"""

from collections.abc import Iterator

import regex
import sentencex

from tutelage.core.language.language_guess import language_of

_ABBREVIATION = regex.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|e\.g|i\.e|approx|ca)\.$", regex.IGNORECASE
)
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_ENUMERATED = regex.compile(r"\W*(?:\p{N}{1,3}|\p{L})[.)]\W*")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a stretch of prose, with single spaces.

    Closing quotes stay with their sentence; abbreviations, initials and the number of an item end
    none, and what holds no letter or digit is none. Thai, Lao and Khmer mark no ends, so that a
    paragraph of theirs is one sentence.
    """
    found: list[str] = []
    held = ""
    for part in _parts(" ".join(paragraph.split())):
        held += part
        text = held.strip()
        if not (_ABBREVIATION.search(text) or _ENUMERATED.fullmatch(text)):
            if _LETTER.search(text) or not found:
                found.append(text)
            else:
                found[-1] = f"{found[-1]} {text}"
            held = ""
    if held.strip():
        found.append(held.strip())
    yield from found


def _parts(text: str) -> Iterator[str]:
    """What the library cuts; half a surrogate pair is no text to it, but keeps its place."""
    start = 0
    for part in sentencex.segment(language_of(text), _SURROGATE.sub("\ufffd", text)):
        yield text[start : start + len(part)]
        start += len(part)
