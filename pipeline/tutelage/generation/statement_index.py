"""Which statement of its documents a question is about, recognised by the words that they share.

Words that few statements have count most (inverse document frequency, Spärck Jones 1972). Where
words do not decide, the teacher that wrote the question is believed: only a clear contradiction
counts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tutelage.core.language.language_guess import language_of
from tutelage.core.language.letters import run_weight
from tutelage.core.text import content_stems
from tutelage.taxonomy.documents.statements import Statement

_CLEARLY = 2.5
"""How much better another statement must fit before a question is taken to be about that one."""
_AROUND = 0.5
"""The weight of a word that stands only in what leads to the statement: headings, label."""
_TOLD = 0.8
"""A question with more than this share of a statement's content words gives its answer away."""
_FOREIGN = 2 / 3
"""Share of a question's content words that may be new to the documents."""
_LONG = 5
"""Content words that a statement must have for that share to mean anything."""


@dataclass
class StatementIndex:
    """The statements of a leaf, to hold questions against."""

    statements: Sequence[Statement]
    _own: list[frozenset[str]] = field(init=False)
    _around: list[frozenset[str]] = field(init=False)
    _language: str = field(init=False)

    def __post_init__(self) -> None:
        self._language = language_of(" ".join(one.text for one in self.statements))
        self._own = [self._stems(one.text) for one in self.statements]
        self._around = [self._stems(" ".join((*one.headings, one.lead))) for one in self.statements]

    def place(self, statement: str) -> int:
        """Where the statement of an id stands."""
        return self._places[statement]

    def about(self, question: str, place: int) -> int:
        """The statement that a question is about: the one it was asked of, unless another one fits
        clearly better."""
        asked = self._stems(question)
        scores = [self._score(asked, other) for other in range(len(self.statements))]
        best = max(range(len(scores)), key=lambda other: (scores[other], other == place))
        return best if scores[best] > _CLEARLY * scores[place] else place

    def singles_out(self, question: str, place: int) -> bool:
        """Whether a question fits this statement better than any that does not overlap it."""
        shared = defaultdict[int, list[float]](list)
        for word in self._stems(question):
            for other in self._standing.get(word, ()):
                inside = word in self._own[other]
                shared[other].append(self._weight(word) * (1 if inside else _AROUND))
        # Exact sums: in rounded ones the order of a set, which each run has anew, decides ties.
        fits = {other: math.fsum(weights) for other, weights in shared.items()}
        own = fits.get(place, 0.0)
        return own > 0 and not any(
            fit >= own and not self._overlap(other, place) for other, fit in fits.items()
        )

    def verdict(self, question: str, place: int, answer: str = "") -> str | None:
        """Why a question cannot be taken to ask for a statement; None where it can.

        Where the `answer` is known, and the question leaves it open, it may say all else.
        """
        asked, own = self._stems(question), self._own[place]
        known = own | self._around[place]
        if not asked & known:
            return "it shares no word with what it was asked about"
        if own <= asked:
            return "it tells what it asks for"
        is_open = bool(self._stems(answer) & own - asked)
        if not is_open and _length(own) >= _LONG and _length(own & asked) > _TOLD * _length(own):
            return "it repeats what it asks for"
        if _length(asked - self._vocabulary) > _FOREIGN * _length(asked):
            return "most of its words are not in the documents"
        one = self.statements[place]
        nearest = own | self._stems(" ".join((*one.headings[1:][-1:], one.lead)))  # not the title
        if not any(self._weight(word) > self._common for word in asked & nearest):
            return "nothing in it tells what it asks for"
        return None

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(content_stems(text, self._language))

    def _score(self, asked: frozenset[str], place: int) -> float:
        own, around = self._own[place], self._around[place]
        inside = math.fsum(self._weight(word) for word in asked & own)
        return inside + _AROUND * math.fsum(self._weight(word) for word in asked & (around - own))

    def _weight(self, word: str) -> float:
        """The inverse document frequency, always above zero."""
        return math.log((len(self.statements) + 1) / (self._frequency[word] + 0.5))

    @cached_property
    def _frequency(self) -> Counter[str]:
        """In how many statements a word stands, or else in how many places that lead to one."""
        inside = Counter(word for words in self._own for word in words)
        around = Counter(word for words in self._around for word in words)
        return Counter({word: inside[word] or around[word] for word in inside | around})

    @cached_property
    def _standing(self) -> dict[str, list[int]]:
        """Where each word stands, in a statement or in what leads to it."""
        found: dict[str, list[int]] = {}
        for place, (own, around) in enumerate(zip(self._own, self._around, strict=True)):
            for word in own | around:
                found.setdefault(word, []).append(place)
        return found

    def _overlap(self, one: int, other: int) -> bool:
        """Whether they are the same, or one of them says the other too."""
        a, b = self.statements[one].spoken, self.statements[other].spoken
        return a in b or b in a

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(self._frequency)

    @cached_property
    def _common(self) -> float:
        """The weight of a word that a fifth of all statements have: such a word does not tell them
        apart."""
        count = len(self.statements)
        return math.log((count + 1) / (max(2.0, count / 5) + 1.0))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one.id: place for place, one in enumerate(self.statements)}


def _length(stems: frozenset[str]) -> float:
    """How many words these are; in scripts without spaces a stem is a part of one."""
    return sum(map(run_weight, stems))
