"""Taking a few of many in such a way that they come from all over."""

from collections.abc import Sequence
from typing import TypeVar

from tutelage.core.language.token_length import likely_tokens
from tutelage.core.text import content_stems
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import Passage, chunks

One = TypeVar("One")
_TOKENS = (120, 60, 30)
"""Tokens of a passage that is shown beside a question, at most; fewer where documents are short."""
_TELLING = 5
"""Content words of a passage that something can be asked about, at least."""


def spread(things: Sequence[One], count: int) -> list[One]:
    """`count` of them at even distances; all, where there are no more."""
    if len(things) <= count:
        return list(things)
    return [things[(2 * number + 1) * len(things) // (2 * count)] for number in range(count)]


def telling_passages(documents: Sequence[Document], count: int) -> list[Passage]:
    """Short passages of documents that say enough to be asked about; `count` where there are."""
    found: list[Passage] = []
    for size in _TOKENS:
        cut = [one for document in documents for one in chunks(document, size, 0, likely_tokens)]
        telling = [one for one in cut if len(content_stems(one.text)) >= _TELLING] or cut
        found = telling if len(telling) > len(found) else found
        if len(found) >= count:
            break
    return found
