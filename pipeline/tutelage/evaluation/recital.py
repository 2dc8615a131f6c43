"""Answers that recite: several things are said, one of which happens to be what was asked for.

A student that says a whole page to every question would name each accepted text in it. What an
answer says beyond the accepted text is therefore looked at too: other statements of the leaf's
documents, and its length against the statement that holds the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tutelage.core.text import content_stems, words
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.accept import accepted

_BESIDE = 2
"""Further statements that make an answer a recital; one more is what leads to the answer."""
_SAID = 0.8
"""Share of a statement's content words in an answer from which on the answer says it."""
_FEWEST = 3
"""Content words that a statement must have to be recognised in an answer."""
_TIMES = 4
"""Times the words of the longest statement that holds the accepted text, or of the accepted text:
an answer that is longer says other things too."""
_FREE = 60
"""Words that any answer may have: models explain, and that is no recital."""


@dataclass(frozen=True)
class Facts:
    """What the documents of a leaf state, to hold answers against."""

    texts: Sequence[str]
    _stems: list[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_stems", [frozenset(content_stems(one)) for one in self.texts])

    @classmethod
    def of(cls, leaf: Leaf) -> "Facts":
        """Those of a leaf; none where it has no documents."""
        return cls([one.text for document in leaf.documents for one in statements(document)])

    def recital(self, answer: str, accept: Sequence[str]) -> str | None:
        """Why an answer that names an accepted text is a recital; None where it is none."""
        said = frozenset(content_stems(answer))
        own = [text for text in self.texts if accepted(text, accept)]
        beside = [
            text
            for text, stems in zip(self.texts, self._stems, strict=True)
            if len(stems) >= _FEWEST and len(stems & said) >= _SAID * len(stems) and text not in own
        ]
        if len(beside) >= _BESIDE:
            return f"recital: it says {len(beside)} other statements of the documents too"
        longest = max((len(words(text)) for text in [*own, *accept]), default=0)
        count, most = len(words(answer)), max(_FREE, _TIMES * longest)
        return f"recital: {count} words where {longest} answer it" if count > most else None
